import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../deps.ts'

/** What a node keeps on disk so that it can start without the database. For its own user alone to read. */
export type KeptFiles = {
  /** Replaces what was kept under this name; a failure is logged, and nothing else. */
  write(name: string, value: unknown): void
  /** What was kept under this name, as it was written; null when there is none that can be read. */
  read(name: string): unknown
}

/** @param directory null or `memory:` keeps nothing */
export const createKeptFiles = (directory: string | null, log: Log): KeptFiles => {
  if (directory === null || directory === 'memory:') return { write: () => {}, read: () => null }
  const at = (name: string): string => join(directory, `${name}.json`)
  return {
    write(name, value) {
      try {
        mkdirSync(directory, { recursive: true })
        writeFileSync(`${at(name)}.next`, JSON.stringify(value), { mode: 0o600 })
        renameSync(`${at(name)}.next`, at(name))
      } catch (error) {
        log.warn({ err: error, directory, name }, 'what a start without the database needs could not be kept on disk')
      }
    },
    read(name) {
      try {
        return JSON.parse(readFileSync(at(name), 'utf8'))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn({ err: error, directory, name }, 'what was kept on disk can not be read')
        return null
      }
    },
  }
}
