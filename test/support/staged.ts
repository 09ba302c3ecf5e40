import { startApp, type TestApp } from '../http/support.ts'
import { look } from './look.ts'

type Called = { variant: string | null; version: string; token: string }
export type Served = Called & { unit: string; reason: string; shadow: Called[] }
export type Staged = TestApp & {
  /** Let time pass: for the database, the service and the engine alike. */
  pass(minutes: number): Promise<void>
  /** One look of the engine; nodes serve what it decided. */
  look(): Promise<void>
  /** Units come, and each reports at once; so do shadows that are to be called. */
  serve(experiment: string, units: readonly { unit: string; attributes?: object }[], measures?: (one: Served, index: number) => object): Promise<Served[]>
  act(experiment: string, action: string, more?: object): ReturnType<TestApp['call']>
  /** A model with the versions of the variants (`old` and `new` unless told) and a started experiment on it, by the same key. */
  begin(key: string, stages: object[], more?: object): Promise<Record<string, unknown>>
}

export const names = (count: number, from = 0): { unit: string }[] => Array.from({ length: count }, (_, index) => ({ unit: `unit-${from + index}` }))

/** The part of the answers that each version gave. */
export const sharesOf = (served: readonly Served[]): Record<string, number> => {
  const found: Record<string, number> = {}
  for (const { version } of served) found[version] = (found[version] ?? 0) + 1 / served.length
  return found
}

/** A busy machine may be too slow for the database's deadlines: what was not taken is sent again, and counts once. */
const untilTaken = async (app: TestApp, outcomes: readonly object[]): Promise<void> => {
  const answer = await app.call('POST', '/outcome/batch', { outcomes })
  if (answer.status === 503) return untilTaken(app, outcomes)
  if (answer.status >= 300) throw new Error(`outcomes: ${answer.status} ${answer.text}`)
}

/** The whole service with a clock of its own, the metrics `win` and `failed`, and no engine but the one that a test lets look. */
export const startStaged = async (): Promise<Staged> => {
  let ahead = 0
  const app = await startApp({}, () => Date.now() + ahead)
  const { database, live } = app.service
  await app.must('POST', '/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
  await app.must('POST', '/api/metrics', { key: 'failed', kind: 'conversion', measure: 'failed', direction: 'decrease' })
  return {
    ...app,
    async pass(minutes) {
      ahead += minutes * 60_000
      await database.api.run((sql) => sql`select set_config('contender.clock_offset', ${`${ahead} milliseconds`}, false)`)
    },
    async look() {
      await look(database.engine)
      await live.refresh()
    },
    async serve(experiment, units, measures = () => ({ win: true, failed: false })) {
      const served: Served[] = []
      for (let from = 0; from < units.length; from += 1_000) {
        const some = units.slice(from, from + 1_000)
        const { results } = await app.must('POST', '/assign/batch', { requests: some.map((one) => ({ experiment, ...one })) })
        served.push(...(results as Served[]).map((one, index) => ({ ...one, unit: some[index]?.unit ?? '' })))
      }
      const counted = served.filter(({ variant }) => variant !== null)
      const outcomes = counted.flatMap((one, index) => [one, ...one.shadow.map((beside) => ({ ...one, ...beside }))]
        .map((called) => ({ token: called.token, measures: measures(called, index) })))
      for (let from = 0; from < outcomes.length; from += 500) await untilTaken(app, outcomes.slice(from, from + 500))
      return served
    },
    act: (experiment, action, more = {}) => app.call('POST', `/api/experiments/${experiment}/actions`, { action, reason: 'test', ...more }),
    async begin(key, stages, more = {}) {
      const { variants = [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }] } = more as { variants?: { key: string; version: string }[] }
      await app.must('POST', '/api/models', { key })
      for (const { version } of variants) await app.must('POST', `/api/models/${key}/versions`, { version, payload: { version } })
      await app.must('POST', '/api/experiments', {
        key, model: key, salt: 'salt', stages, variants,
        metrics: [{ metric: 'failed', role: 'guardrail', margin: 0.05 }], policy: { minDuration: 'PT1H', minUnits: 100 }, ...more,
      })
      return app.must('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'test' })
    },
  }
}
