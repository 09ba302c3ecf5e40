import { randomUUID } from 'node:crypto'
import type { Change } from '../../../src/core/decide/change.ts'
import { CreateExperiment, type MetricDefinition } from '../../../src/core/define/definitions.ts'
import { createChampions } from '../../../src/store/control/champions.ts'
import { createChecks } from '../../../src/store/control/checks.ts'
import { createExperiments } from '../../../src/store/control/experiments.ts'
import { createLease } from '../../../src/store/control/lease.ts'
import { createMetrics } from '../../../src/store/control/metrics.ts'
import { createModels } from '../../../src/store/control/models.ts'
import { createVersions } from '../../../src/store/control/versions.ts'
import type { Database } from '../../../src/store/connect.ts'

const win: MetricDefinition = { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }

/** The control plane over a store, as services use it; units are hashed by a stand-in that shows what was hashed. */
export const controlOf = (database: Database) => {
  const pool = database.api
  return {
    pool,
    models: createModels(pool),
    versions: createVersions(pool),
    checks: createChecks(pool),
    champions: createChampions(pool),
    metrics: createMetrics(pool),
    experiments: createExperiments({
      pool,
      hashUnit: (type, unit) => Buffer.from(`${type}:${unit}`).toString('hex').padEnd(32, '0').slice(0, 32),
      validateRule: () => [],
      drawSalt: () => 'drawn',
    }),
  }
}
export type Control = ReturnType<typeof controlOf>

let names = 0
/** A key that nobody else of this suite uses. */
export const freshKey = (): string => `k${++names}`

/** A model with the versions 1, 2 and 3, and the metric `win`. */
export const withModel = async (control: Control): Promise<string> => {
  const key = freshKey()
  await control.models.create({ key })
  for (const version of ['1', '2', '3']) await control.versions.create(key, { version, payload: { version } })
  await control.metrics.create(win).catch((error: { code?: string }) => {
    if (error.code !== 'already_exists') throw error
  })
  return key
}

/** An experiment of `a` (control, version 1), `b` (2) and `c` (3) on the model. */
export const definitionOn = (model: string, more: object = {}): CreateExperiment =>
  CreateExperiment.parse({
    key: freshKey(),
    model,
    unguarded: true,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
    metrics: [{ metric: 'win', role: 'decision' }],
    stages: [{ allocation: 'fixed' }],
    ...more,
  })

export const started = async (control: Control, more: object = {}): Promise<{ key: string; model: string; id: number }> => {
  const model = await withModel(control)
  const { key } = await control.experiments.create(definitionOn(model, more))
  await control.experiments.act(key, { action: 'start', reason: 'test' }, 'tester')
  return { key, model, id: await idOf(control, key) }
}

export const idOf = async ({ pool }: Control, key: string): Promise<number> => {
  const [row] = await pool.run((sql) => sql<{ id: number }[]>`select id from experiments where key = ${key}`)
  if (!row) throw new Error(`there is no experiment ${key}`)
  return row.id
}

/** Epochs as they are stored, in order. */
export const epochsOf = ({ pool }: Control, experiment: number) =>
  pool.run((sql) => sql<{ epoch: number; scope: number; cause: string; weights: number[]; startedAt: Date; endedAt: Date | null; sealedAt: Date | null }[]>`
    select epoch, scope, cause, weights, started_at as "startedAt", ended_at as "endedAt", sealed_at as "sealedAt"
    from epochs where experiment = ${experiment} order by epoch`)

/** 1, 2, 3 …, each beginning where the one before ended, and only the last one open. */
export const contiguous = (epochs: Awaited<ReturnType<typeof epochsOf>>): boolean =>
  epochs.every(({ epoch, startedAt, endedAt }, index) => {
    const next = epochs[index + 1]
    return epoch === index + 1 && (next ? endedAt?.getTime() === next.startedAt.getTime() : true) && startedAt <= (endedAt ?? startedAt)
  })

/** A bare change of an experiment's row, as the engine writes it. */
export const bare = (experiment: number, revision: number, more: Partial<Change> = {}): Change => ({
  experiment, revision, state: 'running',
  account: {
    actor: 'engine', mode: 'auto', action: 'hold', variant: null, rule: 'test', reason: 'because', status: 'held', evidence: {},
  },
  ...more,
})

/** The engine's lease, taken by a new holder. Expires whoever held it. */
export const leading = async (control: Control): Promise<{ fence: number; lease: ReturnType<typeof createLease> }> => {
  await control.pool.run((sql) => sql`update lease set expires_at = clock_timestamp() - interval '1 second'`)
  const lease = createLease(control.pool, randomUUID())
  const won = await lease.acquire()
  if (!won) throw new Error('the lease was not free')
  return { fence: won.fence, lease }
}
