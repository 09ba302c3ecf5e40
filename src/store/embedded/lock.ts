import { DatabaseSync } from 'node:sqlite'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Says who holds the directory, for people; the lock does not depend on it. */
const pidFile = (directory: string): string => join(directory, 'pid')

const holder = (directory: string): string => {
  try {
    return ` (${readFileSync(pidFile(directory), 'utf8').trim()})`
  } catch {
    return ''
  }
}

/**
 * Take the data directory for this process. Two processes on one directory would each acknowledge writes
 * that the other overwrites. The lock is the kernel's, held through SQLite: it ends with the process however
 * that ends, and cannot be mistaken for another's as a process id in a file can. Nothing else in this process
 * may open `lock.db`: closing any descriptor of the file gives up the lock (POSIX).
 *
 * @throws {Error} when another process holds it; the message says which directory and what to do
 */
export const lockDirectory = (directory: string): { release(): void } => {
  mkdirSync(directory, { recursive: true })
  const lock = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new Error(
      `the data directory ${directory} is in use by another process${holder(directory)}: stop that process, ` +
        'or give this one another DATA_DIR, or share a PostgreSQL through DATABASE_URL',
      { cause },
    )
  }
  writeFileSync(pidFile(directory), `${process.pid}\n`)
  return { release: () => lock.close() }
}
