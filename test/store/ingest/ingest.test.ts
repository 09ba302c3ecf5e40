import { afterEach, beforeAll, expect, inject, it } from 'vitest'
import type { AttributedOutcome } from '../../../src/deps.ts'
import { ServiceError } from '../../../src/errors.ts'
import { createIngest, ingestOnce } from '../../../src/ingest/ingest.ts'
import { createUnits } from '../../../src/ingest/units.ts'
import { connect, DatabaseUnavailable } from '../../../src/store/connect.ts'
import { createScopePlans } from '../../../src/store/scope-plans.ts'
import { verify } from '../../../src/store/verify.ts'
import { freshDatabase, startPostgres } from '../../support/postgres.ts'
import { describeStores } from '../../support/stores.ts'
import { ingestOn, silent } from './clients.ts'
import { assignment, createWorld, hex, hour, type World } from './world.ts'

let names = 0
/** An outcome of a unit nobody has seen, unless something else is said. */
const outcomeOf = (world: World, more: Partial<AttributedOutcome> & { unit?: string } = {}): AttributedOutcome => {
  const { unit = `unit ${names++}`, ...fields } = more
  const measures = fields.measures ?? { win: 1 }
  return {
    assignment: assignment(world, unit, 0),
    key: hex(`key ${names++}`),
    digest: hex(JSON.stringify(measures)),
    revision: 0,
    at: Date.now(),
    measures,
    ...fields,
  }
}

describeStores('ingestion', (store) => {
  let worlds: World[]
  let stage: World
  beforeAll(async () => {
    worlds = await createWorld(store.database.api)
    stage = worlds[0] as World
  })
  afterEach(async () => expect((await verify(store.database.api)).differences).toEqual([]))

  const cell = async (scope: number, metric: number, epoch = 1, variant = 0) => {
    const [row] = await store.database.api.run((sql) => sql`
      select coalesce(sum(n), 0)::int n, coalesce(sum(sx), 0) sx, coalesce(sum(sy), 0) sy, coalesce(sum(sxx), 0) sxx
      from rollups where scope = ${scope} and metric = ${metric} and epoch = ${epoch} and variant = ${variant}`)
    return row
  }
  const health = async (scope: number, epoch = 1) => {
    const [row] = await store.database.api.run((sql) => sql`
      select late, crossed, rebuilt from ingest_health where scope = ${scope} and epoch = ${epoch}`)
    return row ?? { late: 0, crossed: 0, rebuilt: 0 }
  }
  const rawOf = (key: string) =>
    store.database.api.run((sql) => sql`select revision, late, crossed, measures from outcomes where key = ${key} order by revision`)

  it('counts a thousand parallel copies of one outcome once', async () => {
    const ingest = ingestOn(store.database.ingest)
    const outcome = outcomeOf(stage)
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => ingest.outcome(outcome)))
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'duplicate')).toHaveLength(999)
    expect(await rawOf(outcome.key)).toHaveLength(1)
    expect(ingest.stats()).toMatchObject({ queued: 0, queuedBytes: 0, committed: 1_000 })
    expect(ingest.stats().commits).toBeLessThan(10)
  })

  it('replaces a lower revision and keeps a higher one', async () => {
    const ingest = ingestOn(store.database.ingest)
    const first = outcomeOf(stage, { assignment: assignment(stage, 'revised', 0, { epoch: 7 }), measures: { spend: 1 } })
    const at = (revision: number, spend: number) =>
      ({ ...first, revision, measures: { spend }, digest: hex(`${revision} ${spend}`) })
    expect(await ingest.outcome(at(0, 1))).toBe('accepted')
    expect(await ingest.outcome(at(2, 3))).toBe('accepted')
    expect(await ingest.outcome(at(1, 2))).toBe('duplicate')
    expect(await ingest.outcome(at(2, 3))).toBe('duplicate')
    expect(await ingest.outcome(at(2, 4))).toBe('id_conflict')
    expect(await cell(stage.id, 0, 7)).toMatchObject({ n: 1, sx: 1, sy: 1 })
    expect(await cell(stage.id, 2, 7)).toMatchObject({ n: 1, sx: 3, sy: 1, sxx: 9 })
    expect(await rawOf(first.key)).toMatchObject([{ revision: 0, measures: { spend: 1 } }, { revision: 2, measures: { spend: 3 } }])
  })

  it('judges the outcomes of one batch among each other', async () => {
    const ingest = ingestOn(store.database.ingest)
    const first = outcomeOf(stage)
    const stranger = { ...first, assignment: assignment(stage, 'stranger', 0), revision: 9 }
    const answers = await ingest.outcomes([
      first, first, { ...first, digest: hex('another body') }, { ...first, revision: 1 }, { ...first, revision: 3 },
    ])
    expect(answers).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate', 'accepted'])
    expect(await ingest.outcomes([{ ...first, revision: 3, digest: hex('another body') }, stranger, { ...first, revision: 4 }])).toEqual(
      ['id_conflict', 'id_conflict', 'accepted'],
    )
    const twice = outcomeOf(stage)
    expect(await ingest.outcomes([twice, { ...twice, digest: hex('another body') }])).toEqual(['accepted', 'id_conflict'])
  })

  it('limits what a unit adds up to', async () => {
    const ingest = ingestOn(store.database.ingest)
    const unit = assignment(stage, 'big spender', 0, { epoch: 8 })
    const spend = [2, 2, 2].map((value) => outcomeOf(stage, { assignment: unit, measures: { spend: value, win: 1 } }))
    expect(await ingest.outcomes(spend)).toEqual(['accepted', 'accepted', 'accepted'])
    expect(await cell(stage.id, 1, 8)).toMatchObject({ n: 1, sx: 1, sxx: 1 })
    expect(await cell(stage.id, 2, 8)).toMatchObject({ n: 1, sx: 5, sy: 3, sxx: 25 })
  })

  it('knows which units reported in time, by their first outcome that counts', async () => {
    const ingest = ingestOn(store.database.ingest)
    const at = (unit: string, ageMs: number) => outcomeOf(stage, { assignment: assignment(stage, unit, 1, { time: Date.now() - ageMs, epoch: 40 }) })
    await ingest.outcome(at('soon', 60_000))
    expect(await cell(stage.id, 0, 40, 1)).toEqual({ n: 1, sx: 1, sy: 1, sxx: 1 })
    await ingest.outcome(at('after all', hour))
    expect(await cell(stage.id, 0, 40, 1)).toEqual({ n: 2, sx: 2, sy: 2, sxx: 1 })
    // more of them change nothing of that
    await ingest.outcome(at('soon', 60_000))
    await ingest.outcome(at('after all', hour))
    expect(await cell(stage.id, 0, 40, 1)).toEqual({ n: 2, sx: 2, sy: 4, sxx: 1 })
    const units = await store.database.api.run((sql) => sql`select timely from units where scope = ${stage.id} and epoch = 40 order by exposed`)
    expect(units.map((row) => row['timely'])).toEqual([false, true])
    // where nobody asks, nobody knows
    await ingest.outcome(outcomeOf(worlds[2]!, { assignment: assignment(worlds[2]!, 'any', 0, { epoch: 41 }), measures: { latency: 1 } }))
    expect(await cell(worlds[2]!.id, 0, 41)).toMatchObject({ sx: 1, sxx: 0 })
  })

  it('stores late and crossed outcomes without counting them', async () => {
    const ingest = ingestOn(store.database.ingest)
    const windowed = worlds[1] as World
    const old = outcomeOf(windowed, { assignment: assignment(windowed, 'late', 0, { time: Date.now() - 2 * hour }) })
    expect(await ingest.outcome(old)).toBe('late')
    expect(await ingest.outcome(old)).toBe('duplicate')
    const right = assignment(windowed, 'crossing', 0)
    expect(await ingest.outcome(outcomeOf(windowed, { assignment: right }))).toBe('accepted')
    const crossed = outcomeOf(windowed, { assignment: { ...right, variant: 1 } })
    expect(await ingest.outcome(crossed)).toBe('crossed')
    expect(await cell(windowed.id, 0)).toMatchObject({ n: 2, sx: 1, sy: 1 })
    expect(await health(windowed.id)).toMatchObject({ late: 1, crossed: 1 })
    expect(await rawOf(crossed.key)).toMatchObject([{ late: false, crossed: true }])
    expect(await rawOf(old.key)).toMatchObject([{ late: true, crossed: false }])
  })

  it('tells reported exposures from those that only a token proves', async () => {
    const ingest = ingestOn(store.database.ingest)
    const at = (unit: string) => assignment(stage, unit, 0, { epoch: 9 })
    ingest.expose(at('reported'))
    expect(await ingest.outcome(outcomeOf(stage, { assignment: at('reported') }))).toBe('accepted')
    expect(await health(stage.id, 9)).toMatchObject({ rebuilt: 0 })
    await ingest.outcomes([outcomeOf(stage, { assignment: at('lost') }), outcomeOf(stage, { assignment: at('delayed') })])
    expect(await health(stage.id, 9)).toMatchObject({ rebuilt: 2 })
    ingest.expose(at('delayed'))
    expect(await ingest.drain()).toBe(0)
    expect(await health(stage.id, 9)).toMatchObject({ rebuilt: 1 })
    expect(await cell(stage.id, 0, 9)).toMatchObject({ n: 3, sx: 3, sy: 3 })
  })

  it('writes every exposure before it ends, the first of a unit alone', async () => {
    const ingest = ingestOn(store.database.ingest, { exposures: { waitMs: 3_600_000 } })
    for (let index = 0; index < 2_500; index++) ingest.expose(assignment(stage, `silent ${index}`, 1, { epoch: 10 }))
    ingest.expose(assignment(stage, 'silent 0', 0, { epoch: 10 }))
    expect(await ingest.drain()).toBe(0)
    expect(await cell(stage.id, 0, 10, 1)).toMatchObject({ n: 2_500, sx: 0, sy: 0 })
    expect(await cell(stage.id, 0, 10, 0)).toMatchObject({ n: 0 })
    expect(ingest.stats()).toMatchObject({ exposuresPending: 0, exposuresDropped: 0 })
  })

  it('keeps what cannot be stored from spoiling what shares its commit', async () => {
    const ingest = ingestOn(store.database.ingest)
    const poison = outcomeOf(stage, { key: 'no uuid' })
    const good = Array.from({ length: 20 }, () => outcomeOf(stage))
    const answers = await Promise.allSettled([...good, poison, ...good].map((outcome) => ingest.outcome(outcome)))
    const rejected = answers.filter((answer) => answer.status === 'rejected')
    expect(rejected.map(({ reason }) => reason)).toMatchObject([{ code: 'out_of_range' }])
    expect(answers.filter((answer) => answer.status === 'fulfilled' && answer.value === 'accepted')).toHaveLength(20)
    const [before, middle, after] = await ingest.outcomes([outcomeOf(stage), poison, outcomeOf(stage)])
    expect([before, after]).toEqual(['accepted', 'accepted'])
    expect(middle).toBeInstanceOf(ServiceError)
  })

  it('drops an exposure that cannot be stored, and no other', async () => {
    const ingest = ingestOn(store.database.ingest)
    for (const epoch of [11, 2 ** 40, 11]) ingest.expose(assignment(stage, `exposed ${names++}`, 0, { epoch }))
    expect(await ingest.drain()).toBe(0)
    expect(ingest.stats().exposuresDropped).toBe(1)
    expect(await cell(stage.id, 0, 11)).toMatchObject({ n: 2 })
  })

  it('takes the smallest number, and refuses one that cannot be summed', async () => {
    const ingest = ingestOn(store.database.ingest)
    expect(await ingest.outcome(outcomeOf(stage, { measures: { spend: 5e-324 } }))).toBe('accepted')
    const huge = outcomeOf(stage, { measures: { spend: 1e308 } })
    await expect(ingest.outcome(huge)).rejects.toMatchObject({ code: 'out_of_range' })
    expect(await rawOf(huge.key)).toEqual([])
  })

  it('counts champion traffic by version, also where nothing is measured', async () => {
    const ingest = ingestOn(store.database.ingest)
    const [watch, blank] = [worlds[3] as World, worlds[4] as World]
    expect(await ingest.outcome(outcomeOf(watch, { measures: { spend: 2 } }))).toBe('accepted')
    const unit = assignment(blank, 'watched', 0)
    expect(await ingest.outcomes([outcomeOf(blank, { assignment: unit }), outcomeOf(blank, { assignment: unit })])).toEqual(
      ['accepted', 'accepted'],
    )
    expect(await cell(watch.id, 1)).toMatchObject({ n: 1, sx: 2 })
    expect(await cell(blank.id, 0)).toMatchObject({ n: 1, sx: 1, sy: 2 })
  })

  it('refuses more than it may hold, with a time to come back', async () => {
    const ingest = ingestOn(store.database.ingest, { bounds: { outcomes: 5, bytes: 2 ** 20 } })
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => ingest.outcome(outcomeOf(stage))))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    const refused = answers.filter((answer) => answer.status === 'rejected')
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
    expect(ingest.stats().refused).toBe(3)
    expect(await ingest.outcome(outcomeOf(stage))).toBe('accepted')
  })

  it('knows scopes for good, and says when there is none', async () => {
    const scopes = createScopePlans(store.database.api, 2)
    expect(scopes.known(stage.id)).toBeUndefined()
    expect(await scopes.load(stage.id)).toEqual(stage.metrics)
    expect(scopes.known(stage.id)).toEqual(stage.metrics)
    expect(await scopes.load(1_000_000)).toBeNull()
    expect(await scopes.plan(worlds[1]?.id ?? 0)).toMatchObject({ kind: 'stage', experiment: 1, lateAfterMs: hour })
    await scopes.load(worlds[2]?.id ?? 0)
    expect(scopes.known(stage.id)).toBeUndefined()
    const ingest = createIngest({ pool: store.database.ingest, scopes, log: silent })
    const unknown = outcomeOf({ ...stage, id: 1_000_000 })
    await expect(ingest.outcome(unknown)).rejects.toMatchObject({ code: 'unknown_unit' })
    expect(await ingest.outcomes([unknown, outcomeOf(stage)])).toEqual([expect.any(ServiceError), 'accepted'])
  })

  it('finds the latest exposure of a unit whose token was lost', async () => {
    await store.database.api.run((sql) => sql`insert into models (key) values ('lost')`)
    const [experiment] = await store.database.api.run((sql) => sql<{ id: number }[]>`
      insert into experiments (key, model, state, definition, variants)
      select 'lost', id, 'running', '{"unit": "user"}', '[]' from models where key = 'lost' returning id`)
    const id = experiment?.id ?? 0
    const scopes = await store.database.api.run((sql) => sql<{ id: number }[]>`
      insert into scopes (kind, experiment, model, metrics, ceilings, late_after)
      select 'stage', ${id}, 1, '[]', '{}', '100 years' from generate_series(1, 3) returning id`)
    const ingest = ingestOn(store.database.ingest)
    const [first, second] = scopes.map((scope) => ({ ...stage, experiment: id, id: scope.id }) as World)
    const exposed = assignment(second as World, 'user/ada', 1, { epoch: 4, time: 1_700_000_000_123 })
    ingest.expose(assignment(first as World, 'user/ada', 0))
    ingest.expose(exposed)
    await ingest.drain()
    const units = createUnits({ pool: store.database.api, hashUnit: (type, unit) => hex(`${type}/${unit}`) })
    expect(await units.latest('lost', 'ada')).toEqual({ ...exposed, id: expect.any(String) })
    expect(await units.latest('lost', 'grace')).toBeNull()
    expect(await units.latest('none', 'ada')).toBeNull()
  })

  it('stores without a queue where a process lives for one request', async () => {
    const scopes = createScopePlans(store.database.api)
    const [known, other] = [outcomeOf(stage), outcomeOf(stage)]
    const once = (outcomes: AttributedOutcome[]) =>
      ingestOnce({ pool: store.database.ingest, scopes }, [known.assignment], outcomes)
    expect(await once([known, other, outcomeOf({ ...stage, id: 1_000_000 })])).toEqual(
      ['accepted', 'accepted', expect.any(ServiceError)],
    )
    expect(await once([])).toEqual([])
  })
})

it('says at once that the database is away, and goes on when it is back', async () => {
  const server = await startPostgres()
  const database = await connect({ databaseUrl: await freshDatabase(server.url) })
  try {
    const [stage] = await createWorld(database.api)
    const ingest = ingestOn(database.ingest, { exposures: { retryMs: 50 } })
    const outcome = outcomeOf(stage as World)
    expect(await ingest.outcome(outcomeOf(stage as World))).toBe('accepted')
    await server.stop()
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => ingest.outcome(outcome)))
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(DatabaseUnavailable) })
    }
    ingest.expose(assignment(stage as World, 'meanwhile', 0))
    expect(await ingest.drain()).toBe(1)
    expect(ingest.stats()).toMatchObject({ queued: 0, exposuresPending: 1 })
    await server.restart()
    await expect.poll(() => ingest.outcome(outcome).catch(() => 'away')).toBe('accepted')
    expect(await ingest.drain()).toBe(0)
    expect((await verify(database.api)).units).toBe(3)
  } finally {
    await database.close()
    await server.stop()
  }
})

it('shares a database with other nodes', async () => {
  const url = await freshDatabase(inject('postgresUrl'))
  const nodes = await Promise.all([connect({ databaseUrl: url }), connect({ databaseUrl: url })])
  try {
    const [stage] = await createWorld(nodes[0].api)
    const outcomes = Array.from({ length: 200 }, () => outcomeOf(stage as World))
    const answers = await Promise.all(nodes.map((node) => ingestOn(node.ingest).outcomes(outcomes)))
    for (const index of outcomes.keys()) {
      expect([answers[0]?.[index], answers[1]?.[index]].sort()).toEqual(['accepted', 'duplicate'])
    }
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
  }
})
