import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApi } from '../src/client/api.ts'
import { defineBench } from './support/define.ts'
import { median } from './support/generator.ts'
import { startServer } from './support/servers.ts'

/** One million outcomes into the embedded store, memory after each hundred thousand. */
const total = Number(process.argv[2] ?? 1_000_000)
const batch = 1_000
const perStep = total / 10

const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024

const directory = mkdtempSync(join(tmpdir(), 'contender-memory-'))
const server = await startServer('src/entry/node.ts', '/ready', { DATA_DIR: directory })
try {
  const api = createApi(server.url)
  await defineBench(api)
  const rows: { outcomes: number; 'outcomes per second': number; 'resident MB': number }[] = []
  for (let step = 0; step < 10; step++) {
    const began = performance.now()
    const samples: number[] = []
    for (let sent = 0; sent < perStep; sent += batch) {
      const first = step * perStep + sent
      const requests = Array.from({ length: batch }, (_, index) => ({ experiment: 'bench', unit: `user-${first + index}` }))
      const { results } = await api<{ results: { token: string }[] }>('POST', '/assign/batch', { requests })
      const outcomes = results.map(({ token }, index) => ({ token, measures: { win: (first + index) % 3 === 0, latency_ms: 200 + ((first + index) % 400) } }))
      const { accepted } = await api<{ accepted: number }>('POST', '/outcome/batch', { outcomes })
      if (accepted !== batch) throw new Error(`${accepted} of ${batch} outcomes were accepted`)
      samples.push(residentMb(server.child.pid!))
    }
    rows.push({
      outcomes: (step + 1) * perStep,
      'outcomes per second': Math.round(perStep / ((performance.now() - began) / 1_000)),
      'resident MB': Math.round(median(samples)),
    })
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`)
  }
  console.table(rows)
  console.log(`memory at the 10th step ÷ at the 5th: ${(rows[9]!['resident MB'] / rows[4]!['resident MB']).toFixed(2)}`)
} finally {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}
