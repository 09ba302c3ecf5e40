import { spawn } from 'node:child_process'
import { once } from 'node:events'

const entry = new URL('../../src/entry/contender.js', import.meta.url).pathname

type Surroundings = {
  env?: Record<string, string>
  cwd?: string
  /** Standard input; nothing unless given. */
  input?: string
  /** Told of standard output and error so far, whenever more came. */
  heard?: (said: string, child: ReturnType<typeof spawn>) => void
}

export type Ended = { code: number | null; stdout: string; stderr: string }

/** Nothing of whoever runs the tests decides where a command looks, or how it prints. */
const clean = (): NodeJS.ProcessEnv => {
  const { CONTENDER_URL: _url, CONTENDER_KEY: _key, ADMIN_KEY: _admin, DATABASE_URL: _database, DATA_DIR: _dir, REDIS_URL: _redis, PORT: _port, FORCE_COLOR: _force, NO_COLOR: _no, ...rest } = process.env
  return rest
}

const ended = async (file: string, args: readonly string[], { env = {}, cwd, input, heard }: Surroundings): Promise<Ended> => {
  const child = spawn(file, args, { env: { ...clean(), ...env }, ...(cwd === undefined ? {} : { cwd }), stdio: ['pipe', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data: Buffer) => { stdout += data.toString(); heard?.(stdout + stderr, child) })
  child.stderr.on('data', (data: Buffer) => { stderr += data.toString(); heard?.(stdout + stderr, child) })
  if (input !== undefined) child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Run `contender` as its users do, without a terminal. */
export const contender = (args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> =>
  ended(process.execPath, [entry, ...args], { input: '', ...surroundings })

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The same in a terminal of 120 columns and 40 rows, by util-linux' script; what is written to its input is typed. */
export const inTerminal = (args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> => {
  const command = ['stty cols 120 rows 40;', 'exec', ...[process.execPath, entry, ...args].map(quoted)].join(' ')
  return ended('script', ['-qefc', command, '/dev/null'], surroundings)
}

/** What Ctrl-C types. */
export const controlC = '\u0003'
