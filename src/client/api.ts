/** A call that the service refused, with its problem document in words. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly call: string
  readonly detail: string
  readonly errors: readonly { path: string; message: string }[]

  constructor(call: string, status: number, problem: { code?: string; detail?: string; errors?: { path: string; message: string }[] }) {
    const { code = '', detail = 'no detail', errors = [] } = problem
    super(`${call} answered ${status} ${code}: ${detail}${errors.map(({ path, message }) => `\n  ${path}: ${message}`).join('')}`)
    this.status = status
    this.code = code === '' ? 'unknown' : code
    this.call = call
    this.detail = detail
    this.errors = errors
  }
}

/** Nobody answers at this address, or somebody else does. `cause` says why. */
export class Unreachable extends Error {
  readonly base: string

  constructor(base: string, what: string, cause: unknown) {
    super(`${base} ${what}; is the service running? (npm start)`, { cause })
    this.base = base
  }
}

export type Api = <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<T>

/** Paths whose last answers are kept. */
const mostKept = 20

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const jsonOf = (base: string, text: string): unknown => {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch (error) {
    throw new Unreachable(base, 'answers, but not as Contender does', error)
  }
}

/**
 * JSON calls to a running service. What may be tried again (503, a lost connection) is tried again, with the
 * same body and a growing pause, for about half a minute: the service never counts a body twice.
 *
 * @param options.retries how often a lost connection or a 503 is tried again; default 6
 * @throws {Refused} when the service says no
 * @throws {Unreachable} when it does not answer
 */
export const createApi = (base: string, key?: string, { retries = 6 } = {}): Api => {
  // answers with an ETag, by path: while the service says 304 they are what it would answer
  const kept = new Map<string, { etag: string; answer: unknown }>()
  const keep = (path: string, etag: string | null, answer: unknown): void => {
    kept.delete(path)
    if (etag !== null) kept.set(path, { etag, answer })
    const oldest = kept.keys().next().value
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
  }
  const attempt = async <T>(method: string, path: string, body: unknown, headers: Record<string, string>, tries: number): Promise<T> => {
    const again = async (pauseMs: number): Promise<T> => {
      await wait(pauseMs)
      return attempt(method, path, body, headers, tries + 1)
    }
    const known = method === 'GET' ? kept.get(path) : undefined
    let response: Response
    try {
      response = await fetch(new URL(path, base), {
        method,
        headers: {
          'content-type': 'application/json', ...headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(known && { 'if-none-match': known.etag }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (error) {
      if (tries < retries) return again(250 * 2 ** tries)
      throw new Unreachable(base, 'does not answer', error)
    }
    if ((response.status === 503 || response.status === 429) && tries < retries) {
      await response.body?.cancel()
      return again(Math.max(Number(response.headers.get('retry-after') ?? 1) * 1_000, 250 * 2 ** tries))
    }
    if (known && response.status === 304) return known.answer as T
    const answer = jsonOf(base, await response.text())
    if (!response.ok) throw new Refused(`${method} ${path}`, response.status, (answer ?? {}) as object)
    if (method === 'GET') keep(path, response.headers.get('etag'), answer)
    return answer as T
  }
  return (method, path, body, headers = {}) => attempt(method, path, body, headers, 0)
}

/** Create unless it is there already. */
export const ensure = async (api: Api, path: string, body: unknown): Promise<'created' | 'existed'> => {
  try {
    await api('POST', path, body)
    return 'created'
  } catch (error) {
    if (error instanceof Refused && error.code === 'already_exists') return 'existed'
    throw error
  }
}
