import { Refused, Unreachable } from '../../client/api.ts'
import { ServiceError, type Violation } from '../../errors.ts'
import { codeOf } from '../../store/unavailable.ts'

/** How a command ends: it worked; the answer is no; it was called wrongly; nobody answered; somebody pressed Ctrl-C. */
export const exits = { ok: 0, no: 1, usage: 2, unreachable: 3, interrupted: 130 } as const

type Told = {
  where?: string | undefined
  fix?: string | undefined
  /** Further lines, as one for each thing that is wrong. */
  more?: readonly string[]
  exit?: number
  cause?: unknown
}

/** What went wrong, in words for whoever typed the command: what, where, and what mends it. */
export class Failure extends Error {
  readonly where: string | undefined
  readonly fix: string | undefined
  readonly more: readonly string[]
  readonly exit: number

  constructor(what: string, { where, fix, more = [], exit = exits.no, cause }: Told = {}) {
    super(what, { cause })
    this.where = where
    this.fix = fix
    this.more = more
    this.exit = exit
  }
}

/** `metrics[0].margn is not known; did you mean margin?` */
export const violationText = ({ path, message }: Violation): string => {
  const words = message.replace(/^unknown field/, 'is not known').replace(/; did you mean "([^"]+)"\?$/, '; did you mean $1?')
  return path === '' ? words : `${path} ${words}`
}

const wrongInput = (violations: readonly Violation[], detail: string, told: Told): Failure => {
  const [first, ...others] = violations.map(violationText)
  if (first === undefined) return new Failure(detail, { ...told, exit: exits.usage })
  if (others.length === 0) return new Failure(first, { ...told, exit: exits.usage })
  return new Failure(`${others.length + 1} things are not as they should be`, { ...told, more: [first, ...others], exit: exits.usage })
}

const needsKey = 'set CONTENDER_KEY, or give --key: a key with this scope comes from contender keys create, or is the ADMIN_KEY'

const refused = (error: Refused): Failure => {
  const told = { where: error.call, cause: error }
  if (error.status === 401 || error.status === 403) return new Failure(error.detail, { ...told, fix: needsKey })
  if (error.status === 400 || error.status === 422) return wrongInput(error.errors, error.detail, told)
  if (error.status === 429 || error.status === 503) return new Failure(error.detail, { ...told, fix: 'try again in a moment', exit: exits.unreachable })
  return new Failure(error.detail, told)
}

const codes: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name could not be resolved',
  ETIMEDOUT: 'no answer in time',
  ECONNRESET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
}

/** Why a connection failed, in words: the innermost reason that is known. */
export const reasonOf = (error: unknown): string => {
  const seen: string[] = []
  const visit = (one: unknown): void => {
    if (!(one instanceof Error)) return
    const { code } = one as { code?: unknown }
    if (typeof code === 'string') seen.push(codes[code] ?? one.message)
    else if (one.message !== '') seen.push(one.message)
    if (one instanceof AggregateError) one.errors.forEach(visit)
    visit(one.cause)
  }
  visit(error)
  return seen.findLast((text) => Object.values(codes).includes(text)) ?? seen.at(-1) ?? String(error)
}

/** The SQLSTATE of a table that is not there. */
const undefinedTable = '42P01'

const isAway = (error: unknown): error is Error => error instanceof Error && error.name === 'DatabaseUnavailable'

/** Any error as one that says what, where and what to do. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Failure) return error
  if (error instanceof Refused) return refused(error)
  if (error instanceof Unreachable) {
    const answers = error.message.includes('not as Contender does')
    return new Failure(`${error.base} ${answers ? 'answers, but not as Contender does' : 'does not answer'}`, {
      where: answers ? undefined : reasonOf(error.cause),
      fix: 'start the service with contender serve, or say where it is by --url or CONTENDER_URL',
      exit: exits.unreachable, cause: error,
    })
  }
  if (error instanceof ServiceError) {
    return error.status === 404 ? new Failure(error.message, { cause: error }) : wrongInput(error.violations, error.message, { cause: error })
  }
  if (isAway(error)) {
    return new Failure('the database does not answer', {
      where: reasonOf(error), fix: 'start PostgreSQL, or unset DATABASE_URL to use the embedded database', exit: exits.unreachable, cause: error,
    })
  }
  if (codeOf(error) === undefinedTable) return new Failure('the database is not at this version', { fix: 'contender migrate', cause: error })
  const text = error instanceof Error ? error.message : String(error)
  const used = /^(?<what>the data directory .* is in use by another process[^:]*): (?<fix>.*)$/s.exec(text)?.groups
  if (used) return new Failure(used['what'] ?? text, { fix: used['fix'], exit: exits.unreachable, cause: error })
  return new Failure(text, { cause: error })
}

/** As it is printed: `error: what (where)`, and `  fix: how`. With `debug` its stack follows. */
export const failureText = (failure: Failure, debug = false): string => {
  const where = failure.where === undefined ? '' : ` (${failure.where})`
  const lines = [`error: ${failure.message}${where}`, ...failure.more.map((line) => `  ${line}`)]
  if (failure.fix !== undefined) lines.push(`  fix: ${failure.fix}`)
  if (debug) lines.push(String(failure.cause instanceof Error ? (failure.cause.stack ?? failure.cause) : failure.stack))
  return lines.join('\n')
}
