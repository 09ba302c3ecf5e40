import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { migrationsDirectory } from '../../src/store/migrate.ts'

/** A short name for what the migrations say at present, so that prepared databases can be reused. */
export const migrationsDigest = async (): Promise<string> => {
  const hash = createHash('sha256')
  const names = await readdir(migrationsDirectory, { recursive: true })
  for (const name of names.toSorted()) {
    if (/\.(sql|json)$/.test(name)) hash.update(name).update(await readFile(join(migrationsDirectory, name)))
  }
  return hash.digest('hex').slice(0, 16)
}
