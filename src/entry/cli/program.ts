import { readFileSync } from 'node:fs'
import { Command } from 'commander'

const examples = `
Begin with:
  contender demo                     days of simulated traffic in seconds, in memory
  contender serve                    the service, its data in ./data
  contender report KEY --watch       where an experiment stands, while it moves

Ends with 0; 1 when the answer is no; 2 when called wrongly; 3 when nobody answers; 130 after Ctrl-C.`

/** Of the package; what was compiled lies one folder deeper than the sources. */
const versionOf = (from: string): string => {
  for (const up of ['../../../package.json', '../../../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(up, from), 'utf8')) as { version: string }).version
    } catch {
      // not there
    }
  }
  return 'unknown'
}

type Add = (program: Command) => void

const serving = async (): Promise<Add> => (await import('./commands/serving.ts')).servingCommands
const declaring = async (): Promise<Add> => (await import('./commands/declaring.ts')).declaringCommands
const database = async (): Promise<Add> => (await import('./commands/database.ts')).databaseCommands

/** Commands by name, in the order of the help. Only the one that is called is loaded: it is to answer at once. */
const commands: Record<string, () => Promise<Add>> = {
  serve: serving,
  demo: serving,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
  power: async () => (await import('./commands/power.ts')).powerCommand,
  analyze: async () => (await import('./commands/analyze.ts')).analyzeCommand,
  report: async () => (await import('./commands/report.ts')).reportCommand,
  decisions: async () => (await import('./commands/decisions.ts')).decisionsCommand,
  replay: async () => (await import('./commands/replay.ts')).replayCommand,
  apply: declaring,
  export: declaring,
  audit: declaring,
  verify: database,
  migrate: database,
  retain: database,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
  drill: async () => (await import('./commands/drill.ts')).drillCommand,
  assign: async () => (await import('./commands/assign.ts')).assignCommand,
}

const leaves = (command: Command): Command[] => (command.commands.length === 0 ? [command] : command.commands.flatMap(leaves))

/** The command that `name` calls; every command there is when it calls none, as for the help. */
export const createProgram = async (name: string | undefined): Promise<Command> => {
  const program = new Command('contender')
    .description('Decides which version of a model serves each request, and learns from what happens next.')
    .version(versionOf(import.meta.url))
    .exitOverride()
    .showHelpAfterError('  fix: contender --help, or --help after a command, tells what it takes')
    .addHelpText('after', examples)
  const called = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  const wanted = called ? [called] : name === '--version' ? [] : [...new Set(Object.values(commands))]
  for (const load of wanted) (await load())(program)
  for (const command of leaves(program)) if (command !== program) command.option('--debug', 'show the stack of an error')
  return program
}
