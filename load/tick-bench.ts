import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createTick } from '../src/engine/tick.ts'
import { createEngineStore } from '../src/entry/engine.ts'
import { connect, type Database } from '../src/store/connect.ts'
import { createLease } from '../src/store/control/lease.ts'
import { migrate } from '../src/store/migrate.ts'
import { addCells, conversions, insertRunning, type RunningExperiment } from '../test/support/experiment-rows.ts'
import { freshDatabase, startPostgres } from '../test/support/postgres.ts'
import { median } from './support/generator.ts'

/**
 * What one tick of the engine costs: many running experiments, of which a part got outcomes since the last tick.
 * PostgreSQL of its own, or the one of DATABASE_URL (a database that is empty).
 */
const { values } = parseArgs({
  options: {
    experiments: { type: 'string', default: '1000' },
    changed: { type: 'string', default: '100' },
    ticks: { type: 'string', default: '9' },
  },
})
const [experiments, changed, ticks] = [Number(values.experiments), Number(values.changed), Number(values.ticks)]
const quiet = { info: () => {}, warn: console.warn, error: console.error }

const outcomes = (units: number) => [0, 1].flatMap((arm) => conversions(arm, units, Math.round(units * 0.3), Math.round(units * 0.05)))

const measure = async (database: Database): Promise<void> => {
  const pool = database.engine
  const running: RunningExperiment[] = []
  for (let index = 0; index < experiments; index++) {
    const one = await insertRunning(pool, `tick-${index}`, {}, undefined, 0)
    await addCells(pool, one.scope, outcomes(2_000))
    running.push(one)
  }
  const lease = createLease(pool, randomUUID())
  const leading = await lease.acquire()
  if (!leading) throw new Error('another engine leads this database')
  const tick = createTick({ store: createEngineStore(pool), log: quiet })
  const timed = async (): Promise<{ ms: number; cpu: number; looked: number; failed: number }> => {
    await lease.renew(leading.fence)
    const [began, before] = [performance.now(), process.cpuUsage()]
    const { looked, failed } = await tick(leading.fence)
    const { user, system } = process.cpuUsage(before)
    return { ms: performance.now() - began, cpu: (user + system) / 1_000, looked, failed }
  }
  const first = await timed()
  console.log(`the first tick, which looks at all ${first.looked}: ${Math.round(first.ms)} ms`)
  await timed() // lays to rest what is quiet
  const idle: number[] = []
  const busy: number[] = []
  const cores: number[] = []
  for (let round = 0; round < ticks; round++) {
    idle.push((await timed()).ms)
    for (let index = 0; index < changed; index++) {
      const one = running[(round * changed + index) % running.length]
      if (one) await addCells(pool, one.scope, outcomes(10))
    }
    const { ms, cpu, looked, failed } = await timed()
    if (looked !== changed || failed > 0) throw new Error(`${looked} of ${changed} were looked at, ${failed} failed`)
    busy.push(ms)
    cores.push(cpu)
  }
  const told = (list: number[]): string => `${Math.round(median(list))} ms (${list.map((ms) => Math.round(ms)).join(' ')})`
  console.log(`${experiments} running, none changed: median ${told(idle)}`)
  console.log(`${experiments} running, ${changed} changed: median ${told(busy)}; of a core in this process ${Math.round(median(cores))} ms`)
}

const own = process.env['DATABASE_URL']
const server = own ? null : await startPostgres()
const database = await connect({ databaseUrl: own ?? (await freshDatabase(server?.url ?? '', { migrated: false })) })
try {
  await migrate(database)
  await measure(database)
} finally {
  await database.close()
  await server?.stop()
}
