import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How far a replay of this file into this experiment came; kept outside the file's own folder. */
export type Mark = { read(): number; write(done: number): void; clear(): void }

/** `identity` tells runs apart: another service, experiment or file starts from the beginning. */
export const progressFile = (directory: string, file: string, identity: string): Mark => {
  const { size, mtimeMs } = statSync(file)
  const name = createHash('sha256').update(JSON.stringify([identity, file, size, mtimeMs])).digest('hex').slice(0, 16)
  const path = join(directory, `${name}.json`)
  return {
    read() {
      try {
        return (JSON.parse(readFileSync(path, 'utf8')) as { done: number }).done
      } catch {
        return 0
      }
    },
    write(done) {
      mkdirSync(directory, { recursive: true })
      writeFileSync(`${path}.next`, JSON.stringify({ done }))
      renameSync(`${path}.next`, path)
    },
    clear() {
      rmSync(path, { force: true })
    },
  }
}
