import { randomUUID } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import type { Pool } from '../../src/store/connect.ts'
import { expectReplays } from '../support/replays.ts'
import { describeStores } from '../support/stores.ts'
import { type Control, controlOf, definitionOn, idOf, withModel } from '../store/control/setup.ts'

const quiet = { info: () => {}, warn: () => {}, error: console.error }
const hourMs = 3_600_000

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

type Entry = { actor: string; action: string; status: string; reason: string }

describeStores('a draft starts at its time', (store) => {
  const pool = (): Pool => store.database.engine
  let control: Control
  /** Milliseconds by which the database's clock is ahead. */
  let ahead = 0
  beforeEach(() => {
    control = controlOf(store.database)
  })

  const pass = async (hours: number): Promise<void> => {
    ahead += hours * hourMs
    await pool().run((sql) => sql.unsafe(`create or replace function moment() returns timestamptz stable language sql as $$ select now() + interval '${ahead} milliseconds' $$`))
  }
  const inHours = (hours: number): string => new Date(Date.now() + ahead + hours * hourMs).toISOString()
  /** A look of an engine that has just taken over. */
  const tick = async () => createTick({ store: createEngineStore(pool()), log: quiet })(await lead(pool()))
  const drafted = async (more: object = {}, model?: string): Promise<string> =>
    (await control.experiments.create(definitionOn(model ?? await withModel(control), { startAt: inHours(1), ...more }))).key
  const stateOf = async (key: string) => (await control.experiments.get(key)).state
  const entriesOf = (id: number) => pool().run((sql) => sql<Entry[]>`
    select actor, action, status, entry->>'reason' as reason from ledger where experiment = ${id} order by seq`)
  const messagesOf = (key: string) => pool().run((sql) => sql`
    select topic, body->>'status' as status from outbox where body->>'experiment' = ${key} order by id`)

  it('as if somebody had started it, once, whoever looks', async () => {
    const key = await drafted()
    const id = await idOf(control, key)
    await tick()
    expect([await stateOf(key), await entriesOf(id)]).toEqual(['draft', []])
    await pass(1.5)
    const fence = await lead(pool())
    const engines = [0, 1].map(() => createTick({ store: createEngineStore(pool()), log: quiet })(fence))
    expect(await Promise.all(engines)).toMatchObject([{ failed: 0 }, { failed: 0 }])
    await tick()
    expect(await control.experiments.get(key)).toMatchObject({ state: 'running', epoch: 1, startAt: expect.any(String) })
    expect(await entriesOf(id)).toEqual([{ actor: 'engine', action: 'start', status: 'applied', reason: expect.stringMatching(/^As scheduled for .* UTC\.$/) }])
    expect(await messagesOf(key)).toEqual([{ topic: 'decision.start', status: 'applied' }])
  })

  it('when the other experiment on its model has ended, and tells once what was in its way', async () => {
    const model = await withModel(control)
    const first = await control.experiments.create(definitionOn(model))
    await control.experiments.act(first.key, { action: 'start', reason: 'test' }, 'ada')
    const key = await drafted({}, model)
    const id = await idOf(control, key)
    await pass(2)
    for (let looks = 0; looks < 3; looks++) expect(await tick()).toMatchObject({ failed: 0 })
    const held = { actor: 'engine', action: 'start', status: 'held', reason: expect.stringContaining(`: "${first.key}" is running and takes some of the same units`) }
    expect([await stateOf(key), await entriesOf(id)]).toEqual(['draft', [held]])
    await control.experiments.act(first.key, { action: 'stop', reason: 'test' }, 'ada')
    await tick()
    expect([await stateOf(key), await entriesOf(id)]).toEqual(['running', [held, expect.objectContaining({ status: 'applied' })]])
    expect(await messagesOf(key)).toEqual([{ topic: 'decision.start', status: 'held' }, { topic: 'decision.start', status: 'applied' }])
    expect(await expectReplays(pool())).toBeGreaterThanOrEqual(3)
  })

  it('not before its checks have passed, nor in a freeze window; each reason is told', async () => {
    const model = await withModel(control)
    const freeze = [{ from: inHours(0), to: inHours(6), reason: 'sale' }]
    const key = await drafted({ requires: ['safety'], policy: { freeze } }, model)
    const id = await idOf(control, key)
    await pass(2)
    await tick()
    await tick()
    await pass(5)
    await tick()
    await tick()
    expect((await entriesOf(id)).map(({ status, reason }) => [status, reason.replace(/.* UTC: /, '')])).toEqual([
      ['held', 'sale.'], ['held', expect.stringContaining('has not passed a required check: safety is missing')],
    ])
    for (const version of ['1', '2', '3']) await control.checks.add(model, version, { name: 'safety', status: 'pass' }, 'ci')
    await tick()
    expect(await stateOf(key)).toBe('running')
    expect(await entriesOf(id)).toHaveLength(3)
  })

  it('before it, where somebody sends the start', async () => {
    const key = await drafted()
    await control.experiments.act(key, { action: 'start', reason: 'now' }, 'ada')
    await pass(2)
    await tick()
    expect((await entriesOf(await idOf(control, key))).map(({ actor, action }) => [actor, action])).toEqual([['ada', 'start']])
  })

  it('in the future alone, unless it stood there before', async () => {
    const model = await withModel(control)
    const past = definitionOn(model, { startAt: inHours(-0.1) })
    await expect(control.experiments.create(past)).rejects.toMatchObject({ code: 'invalid_definition', violations: [{ path: 'startAt' }] })
    const definition = definitionOn(model, { startAt: inHours(1) })
    await control.experiments.create(definition)
    await pass(2)
    expect(await control.experiments.replace(definition.key, { ...definition, hypothesis: 'better' })).toMatchObject({ hypothesis: 'better' })
    await expect(control.experiments.replace(definition.key, { ...definition, startAt: inHours(-2) })).rejects.toMatchObject({ violations: [{ path: 'startAt' }] })
  })

  it('not in a drill; and one that could not start can be deleted, while the ledger still tells of it', async () => {
    const model = await withModel(control)
    const rehearsed = await drafted({}, model)
    const key = await drafted({ requires: ['safety'] })
    const [drill, id] = [`drill:7:${rehearsed}`, await idOf(control, key)]
    await pool().run((sql) => sql`update experiments set key = ${drill} where key = ${rehearsed}`)
    await pass(2)
    await tick()
    expect(await stateOf(drill)).toBe('draft')
    await control.experiments.remove(key)
    await tick()
    expect((await entriesOf(id)).map(({ status }) => status)).toEqual(['held'])
    await expectReplays(pool())
  })
})
