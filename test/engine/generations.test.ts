import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/core/analyze/analyze.ts'
import { CreateExperiment } from '../../src/core/define/definitions.ts'
import type { Observed } from '../../src/core/analyze/observed.ts'
import { dayMs, dayName } from '../../src/core/analyze/generations.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createControlPlane } from '../../src/entry/control-plane.ts'
import { type Database, DatabaseUnavailable } from '../../src/store/connect.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries } from '../../src/store/control/ledger.ts'
import { readExperiment } from '../../src/store/read/moments.ts'
import { createSnapshotSource } from '../../src/store/read/snapshot.ts'
import { verify } from '../../src/store/verify.ts'
import { seededRandom } from '../../stats/random.ts'
import { ingestOn, silent } from '../store/ingest/clients.ts'
import { embedded } from '../store/ingest/playing.ts'
import { hex } from '../store/ingest/world.ts'

/** One hour into a day of UTC that has not begun yet. */
const begin = (Math.floor(Date.now() / dayMs) + 1) * dayMs + dayMs / 24

/** The database, ingestion and the engine by one clock, which stands until it is set. */
const drive = async (database: Database) => {
  let now = Date.now()
  const set = async (to: number): Promise<void> => {
    now = to
    await database.api.run((sql) => sql`select set_config('contender.clock_offset', ${`${to - Date.now()} milliseconds`}, false)`)
  }
  await set(begin)
  const tick = createTick({ store: createEngineStore(database.engine), log: silent })
  const look = async (): Promise<void> => {
    await database.engine.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
    await tick((await createLease(database.engine, randomUUID()).acquire())?.fence ?? 0)
  }
  return { set, look, ingest: ingestOn(database.ingest, { now: () => now }), now: () => now }
}

type Clock = Awaited<ReturnType<typeof drive>>

const start = async (database: Database, more: object = {}, metric: object = {}) => {
  const control = createControlPlane({ database, hashUnit: (type, unit) => hex(`${type} ${unit}`), config: { mlflow: null } })
  await control.models.create({ key: 'm' })
  for (const version of ['1', '2']) await control.versions.create('m', { version })
  await control.metrics.create({ key: 'slow', kind: 'conversion', measure: 'slow', direction: 'decrease' })
  await control.metrics.create({ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
  await control.experiments.create(CreateExperiment.parse({
    key: 'x', model: 'm', window: 'PT12H', variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
    metrics: [{ metric: 'slow', role: 'guardrail', margin: 0.02, ...metric }], stages: [{ allocation: 'fixed' }],
    policy: { minUnits: 1e6 }, ...more,
  }))
  await control.experiments.act('x', { action: 'start', reason: 'go' }, 'test')
  const { snapshot } = await createSnapshotSource(database.api).load()
  return { control, experiment: snapshot.experiments[0]! }
}

/** A busy machine may be too slow for the database's deadlines: what was not taken is sent again, and counts once. */
const untilTaken = async (send: () => Promise<unknown>): Promise<void> => {
  for (;;) {
    try {
      await send()
      return
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
    }
  }
}

/** What a user gets, with which chance, and what its request tells. */
type Drawn = (index: number) => { variant: number; propensity: number; observed?: Observed }
const evenly: Drawn = (index) => ({ variant: index % 2, propensity: 0.5 })

/** Users who come back every day: each is assigned, and reports once. */
const day = async (
  { ingest, now }: Clock, { id, scope, epoch, generation }: Awaited<ReturnType<typeof start>>['experiment'], users: number,
  rate: (variant: number, index: number) => number, drawn: Drawn = evenly,
): Promise<void> => {
  const name = Math.floor(now() / dayMs)
  const random = seededRandom(name)
  const outcomes = Array.from({ length: users }, (_, index) => {
    const unit = hex(`user ${index}`)
    const exposure = { scope, unit, epoch, ...drawn(index), time: now(), ...(generation && { generation }) }
    const measures = { slow: Number(random.uniform() < rate(exposure.variant, index)), win: 0 }
    const key = hex(`${unit} ${name}`)
    const assignment = { ...exposure, watch: false, shadow: false, experiment: id, id: key.slice(0, 16) }
    return { exposure, outcome: { assignment, key, digest: key, revision: 0, at: now(), measures } }
  })
  for (let from = 0; from < users; from += 100) {
    const some = outcomes.slice(from, from + 100)
    for (const { exposure } of some) ingest.expose(exposure)
    await untilTaken(() => ingest.outcomes(some.map(({ outcome }) => outcome)))
  }
  await ingest.drain()
}

/** Days on which nothing happens but that users come; the candidate breaks on the last, and is rolled back once that is over. */
const breaksOnDay = async (
  database: Database, clock: Clock, { control, experiment }: Awaited<ReturnType<typeof start>>, last: number,
  rate: (broken: boolean, index: number) => number, drawn: Drawn = evenly,
) => {
  for (let passed = 0; passed < last; passed++) {
    await clock.set(begin + passed * dayMs)
    await day(clock, experiment, 600, (variant, index) => rate(passed === last - 1 && variant === 1, index), drawn)
    await clock.look()
    expect((await control.experiments.get('x')).state).toBe('running')
  }
  await clock.set(begin + last * dayMs - dayMs / 24 + 120_000)
  await clock.look()
  await clock.look()
  const [entry] = await readEntries(database.api, experiment.id, 1, null)
  const broke = dayName(Math.floor(begin / dayMs) + last - 1)
  expect(entry).toMatchObject({
    action: 'rollback', variant: 'new', rule: 'guardrail-harm', status: 'applied', evidence: { generation: { day: broke, metric: 'slow' } },
  })
  expect((await control.decisions.replay(entry!.id)).same).toBe(true)
  expect((await verify(database.api)).differences).toEqual([])
  return { entry: entry!, broke }
}

describe('a candidate that breaks on its fifth day, for users who came before', () => {
  it('is rolled back once the day is over, by that day alone', () =>
    embedded(async (database) => {
      const clock = await drive(database)
      const started = await start(database)
      expect(started.experiment.generation).toMatchObject({ scope: expect.any(Number), strata: null })
      const { entry, broke } = await breaksOnDay(database, clock, started, 5, (broken) => (broken ? 0.3 : 0.05))
      expect(entry).toMatchObject({
        reason: `new was on ${broke} worse than old on slow, by more than the 2 per 100 allowed.`, evidence: { generation: { margin: 0.02 } },
      })
      // over the whole stage nothing is seen of it: those outcomes came after the window of their units
      const { guardrails } = entry.evidence as { guardrails: { verdict: string; generation: unknown }[] }
      expect(guardrails).toMatchObject([{ verdict: expect.not.stringMatching('FAIL'), generation: { day: broke, verdict: 'FAIL' } }])
    }))
})

describe('a candidate that breaks on its third day, where each user has a chance of its own', () => {
  it('is rolled back once the day is over, and nobody is for getting the users who are slow anyway', () =>
    embedded(async (database) => {
      const clock = await drive(database)
      const context = { categorical: [{ attribute: 'plan', values: ['pro'] }] }
      const started = await start(database, {
        metrics: [{ metric: 'win', role: 'decision' }, { metric: 'slow', role: 'guardrail', margin: 0.02 }],
        stages: [{ allocation: 'bandit', algorithm: 'contextual', context, minOutcomes: 1e9 }],
      })
      expect(started.experiment.generation).toMatchObject({ scope: expect.any(Number), strata: 'exposed' })
      // every third is pro and slow more often, and gets the candidate four times in five; of the others one in five does
      const isPro = (index: number): boolean => index % 3 === 0
      const drawn: Drawn = (index) => {
        const candidate = isPro(index) ? 0.8 : 0.2
        const variant = Number(seededRandom(index).uniform() < candidate)
        return { variant, propensity: variant === 1 ? candidate : 1 - candidate, observed: { covariates: [], segments: [], features: [1, Number(isPro(index))] } }
      }
      await breaksOnDay(database, clock, started, 3, (broken, index) => (broken ? 0.6 : isPro(index) ? 0.2 : 0.04), drawn)
    }), 180_000)
})

describe('generations', () => {
  it('are not kept where every request is a unit', () =>
    embedded(async (database) => {
      await drive(database)
      const { experiment } = await start(database, { unit: 'request', stickiness: 'none' })
      expect(experiment.generation).toBeUndefined()
    }))

  it('count a user each day, and what came before once', () =>
    embedded(async (database) => {
      const clock = await drive(database)
      const { experiment } = await start(database)
      for (const passed of [0, 1]) {
        await clock.set(begin + passed * dayMs)
        await day(clock, experiment, 40, () => 0.5)
      }
      const reading = await readExperiment(database.api, 'x')
      expect(reading?.epochs.map(({ arms }) => arms.map(({ units, outcomes }) => [units, outcomes]))).toEqual([[[20, 20], [20, 20]]])
      expect(reading?.generations?.map(({ recent, epochs }) => [recent, epochs.map(({ arms }) => arms.map(({ units, outcomes }) => [units, outcomes]))]))
        .toEqual([[true, [[[20, 20], [20, 20]]]], [true, [[[20, 20], [20, 20]]]]])
      const [row] = analyze(reading!).report.guardrails
      expect(row?.generation?.day).toBe(dayName(Math.floor(begin / dayMs)))
    }))
})
