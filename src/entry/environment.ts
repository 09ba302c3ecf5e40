import { type Config, parseConfig } from '../config.ts'

/** The configuration, or the end of the process with a line for each variable that is wrong. */
export const configOf = (environment: Record<string, string | undefined>): Config => {
  try {
    return parseConfig(environment)
  } catch (error) {
    for (const line of (error as Error).message.split('\n')) console.error(`error: ${line}`)
    process.exit(2)
  }
}
