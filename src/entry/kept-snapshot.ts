import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Snapshot } from '../assign/snapshot.ts'
import type { Log } from '../deps.ts'

export type Kept = { snapshot: Snapshot; measures: string[] }

const NAME = 'snapshot.json'

/** Keep the snapshot in force on disk, so that a start without the database can serve it. `directory` null: nowhere. */
export const keepSnapshot = (directory: string | null, kept: Kept, log: Log): void => {
  if (directory === null || directory === 'memory:') return
  try {
    mkdirSync(directory, { recursive: true })
    const path = join(directory, NAME)
    writeFileSync(`${path}.next`, JSON.stringify(kept), { mode: 0o600 })
    renameSync(`${path}.next`, path)
  } catch (error) {
    log.warn({ err: error, directory }, 'the snapshot could not be kept on disk')
  }
}

/** The snapshot that was kept; null when there is none that can be read. */
export const readKept = (directory: string | null, log: Log): Kept | null => {
  if (directory === null || directory === 'memory:') return null
  try {
    return JSON.parse(readFileSync(join(directory, NAME), 'utf8')) as Kept
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn({ err: error, directory }, 'the kept snapshot can not be read')
    return null
  }
}
