import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApi } from '../src/client/api.ts'
import { defineBench } from './support/define.ts'
import { median } from './support/generator.ts'
import { startServer } from './support/servers.ts'

/** Seconds from starting the process to the first answered /assign, embedded store with existing data. */
const directory = mkdtempSync(join(tmpdir(), 'contender-startup-'))
const start = () => startServer('src/entry/node.ts', '/ready', { DATA_DIR: directory })
const seconds: number[] = []
try {
  const first = await start()
  await defineBench(createApi(first.url))
  await first.stop()
  for (let run = 0; run < 7; run++) {
    const began = performance.now()
    const server = await start()
    await createApi(server.url)('POST', '/assign', { experiment: 'bench', unit: `user-${run}` })
    seconds.push((performance.now() - began) / 1_000)
    await server.stop()
  }
  console.log(`start to first answered /assign, embedded, existing data: median ${median(seconds).toFixed(2)} s of ${seconds.length} runs, slowest ${Math.max(...seconds).toFixed(2)} s`)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
