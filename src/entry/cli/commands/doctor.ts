import type { Command } from 'commander'
import { columns } from '../../../report/terminal/lines.ts'
import { type Check, databaseChecks, nodeCheck, portCheck, redisCheck } from '../checks.ts'
import { configured } from '../database.ts'
import { exits, Failure } from '../failure.ts'
import { paintFor, print, printJson } from '../output.ts'

const marks = { ok: '✓', note: '○', wrong: '✗' } as const

const configCheck = (): { config: ReturnType<typeof configured> | null; checks: Check[] } => {
  try {
    const config = configured()
    const authOff = config.adminKey === null
    return { config, checks: [{ name: 'config', result: 'ok', text: authOff ? 'every variable is understood; no ADMIN_KEY, so this machine alone may call' : 'every variable is understood' }] }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const text = [error.message, ...error.more].join('; ')
    return { config: null, checks: [{ name: 'config', result: 'wrong', text, fix: error.fix ?? 'correct it' }] }
  }
}

/** Look at everything that a service needs, one after the other. */
const examine = async (): Promise<Check[]> => {
  const { config, checks } = configCheck()
  const all = [nodeCheck(process.versions.node), ...checks]
  if (config === null) return all
  const [ports, redis, database] = await Promise.all([portCheck(config), redisCheck(config), databaseChecks(config)])
  const running = ports.some(({ name }) => name === 'service')
  // our own service holds its own data directory
  const known = database.map((check): Check =>
    check.result === 'note' && running ? { name: check.name, result: 'ok', text: `${check.text}: the service that runs here, it seems` } : check)
  const held = known.map((check): Check => (check.result === 'note' ? { ...check, result: 'wrong' } : check))
  return [...all, ...held, redis, ...ports]
}

/** contender doctor: what is in order, and what mends the rest. */
export const doctorCommand = (program: Command): void => {
  program
    .command('doctor')
    .description('look at everything a service needs here, and say what mends what is wrong')
    .option('--json', 'the checks as JSON')
    .action(async ({ json }: { json?: true }) => {
      const checks = await examine()
      const well = checks.every(({ result }) => result !== 'wrong')
      const paint = paintFor(process.stdout)
      const tone = { ok: paint.better, note: paint.trouble, wrong: paint.worse }
      const lines = columns(checks.map(({ name, result, text }) => [{ text: marks[result], paint: tone[result] }, name, text]))
      if (json) printJson({ well, checks })
      else print(lines.flatMap((line, index) => [line, ...(checks[index]?.fix === undefined ? [] : [`     fix: ${checks[index].fix}`])]).join('\n'))
      process.exitCode = well ? exits.ok : exits.no
    })
}
