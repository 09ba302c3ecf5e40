import { CommanderError } from 'commander'
import { exits, failureOf, failureText } from './failure.ts'
import { endOnInterrupt } from './interrupts.ts'
import { createProgram } from './program.ts'

/** These drain before they end, and so mind signals themselves. */
const drains = new Set(['serve', 'demo'])

/** Run one command. Sets the exit code and never throws: what went wrong is told on standard error. */
export const run = async (argv: readonly string[]): Promise<void> => {
  if (!drains.has(argv[2] ?? '')) endOnInterrupt()
  // somebody reads only the beginning, as head does
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exits.ok : exits.no))
  try {
    await (await createProgram(argv[2])).parseAsync([...argv])
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exits.ok : exits.usage
      return
    }
    const failure = failureOf(error)
    console.error(failureText(failure, argv.includes('--debug')))
    process.exitCode = failure.exit
  }
}
