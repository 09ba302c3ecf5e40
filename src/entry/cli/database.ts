import { existsSync } from 'node:fs'
import { type Config, parseConfig } from '../../config.ts'
import { connect, type Database } from '../../store/connect.ts'
import { exits, Failure, failureOf } from './failure.ts'

/** The configuration of the environment. @throws {Failure} naming each variable that is wrong */
export const configured = (environment: NodeJS.ProcessEnv = process.env): Config => {
  try {
    return parseConfig(environment)
  } catch (error) {
    const [first = '', ...others] = (error as Error).message.split('\n')
    throw new Failure(first, { more: others, where: 'environment', fix: 'correct the variable, or unset it to use its default', exit: exits.usage, cause: error })
  }
}

/** `127.0.0.1:5432` of a database's address, without user and password. */
export const placeOf = (url: string): string => {
  const { hostname, port } = new URL(url)
  return `${hostname}:${port === '' ? 5432 : port}`
}

/**
 * Work on the database that the environment names.
 *
 * @param existing refuse to make an embedded database that is not there yet
 * @throws {Failure} when it does not answer, or another process has it
 */
export const withDatabase = async <T>(work: (database: Database, config: Config) => Promise<T>, { existing = false } = {}): Promise<T> => {
  const config = configured()
  const { databaseUrl, dataDir } = config
  if (existing && databaseUrl === null && !existsSync(dataDir)) {
    throw new Failure('there is no database yet', { where: dataDir, fix: 'set DATABASE_URL or DATA_DIR to where it is, or run contender serve', exit: exits.unreachable })
  }
  try {
    const database = await connect({ databaseUrl: databaseUrl ?? undefined, dataDir })
    try {
      return await work(database, config)
    } finally {
      await database.close()
    }
  } catch (error) {
    const failure = failureOf(error)
    if (databaseUrl === null || failure.exit !== exits.unreachable) throw error
    throw new Failure('DATABASE_URL does not answer', {
      where: `${placeOf(databaseUrl)}, ${failure.where ?? ''}`.replace(/, $/, ''), fix: failure.fix, exit: exits.unreachable, cause: error,
    })
  }
}
