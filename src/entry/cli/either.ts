import { existsSync } from 'node:fs'
import { Unreachable } from '../../client/api.ts'
import { configured } from './database.ts'
import { exits, failureOf } from './failure.ts'

type Ways<T> = {
  /** Did somebody say where the service is? */
  told: boolean
  ask: () => Promise<T>
  read: () => Promise<T>
}

/**
 * What the service and its database both know. A service that is named is asked; else a database that is named is read,
 * unless another process has it, which is the service then. With neither named: the service that runs here, else ./data.
 */
export const either = async <T>({ told, ask, read }: Ways<T>, environment: NodeJS.ProcessEnv = process.env): Promise<T> => {
  if (told || environment['CONTENDER_URL']) return ask()
  if (environment['DATABASE_URL'] || environment['DATA_DIR']) {
    try {
      return await read()
    } catch (error) {
      const { message } = failureOf(error)
      if (!message.includes('in use by another process')) throw error
      return ask()
    }
  }
  try {
    return await ask()
  } catch (error) {
    const away = error instanceof Unreachable && failureOf(error).exit === exits.unreachable
    if (!away || !existsSync(configured().dataDir)) throw error
    return read()
  }
}
