import { expect, it } from 'vitest'
import { createTick } from '../../../src/engine/tick.ts'
import { createEngineStore } from '../../../src/entry/engine.ts'
import { verifyAll } from '../../../src/entry/verify.ts'
import { hashOf } from '../../../src/store/control/canonical.ts'
import { chainHeads } from '../../../src/store/control/days.ts'
import { readEntry, verifyChains } from '../../../src/store/control/ledger.ts'
import { describeStores } from '../../support/stores.ts'
import { type Control, controlOf, leading, started } from './setup.ts'

const quiet = { info: () => {}, warn: () => {}, error: console.error }

/** Change the ledger as only somebody who owns the database could. */
const tamper = ({ pool }: Control, ...statements: string[]): Promise<void> =>
  pool.begin(async (tx) => {
    await tx`alter table ledger disable trigger ledger_append_only`
    for (const statement of statements) await tx.unsafe(statement)
    await tx`alter table ledger enable trigger ledger_append_only`
  })

const daysOf = ({ pool }: Control) => pool.run((sql) => sql<{ id: number; seq: number; day: string }[]>`
  select id, seq, entry->'evidence'->>'day' as day from ledger where chain = 'days' order by seq`)

/** The daily entries so far become those of the days before, their hashes made anew. */
const oneDayLater = async (control: Control): Promise<void> => {
  const rows = await daysOf(control)
  let prevHash = '0'.repeat(64)
  for (const { id } of rows) {
    const { id: _id, hash: _hash, ...entry } = (await readEntry(control.pool, id))!
    const day = new Date(Date.parse(entry.evidence['day'] as string) - 86_400_000).toISOString().slice(0, 10)
    const body = { ...entry, prevHash, evidence: { ...entry.evidence, day } }
    const hash = hashOf(body)
    const text = JSON.stringify({ ...body, hash }).replaceAll("'", "''")
    await tamper(control, `update ledger set entry = '${text}', prev_hash = '${prevHash}', hash = '${hash}' where id = ${id}`)
    prevHash = hash
  }
}

describeStores('the daily entry', (store) => {
  it('is written by the leader’s first tick of a day, once, and names the last entry of every chain', async () => {
    const control = controlOf(store.database)
    const { id, key, model } = await started(control)
    await control.models.patch(model, { enabled: false }, 'tester')
    const { fence: former } = await leading(control)
    const { fence } = await leading(control)
    const tick = createTick({ store: createEngineStore(control.pool), log: quiet })
    await tick(former)
    expect(await daysOf(control)).toEqual([])
    await tick(fence)
    await tick(fence)
    expect(await chainHeads(control.pool, fence)).toBeNull()

    const [today] = await daysOf(control)
    expect(await daysOf(control)).toHaveLength(1)
    const entry = await readEntry(control.pool, today?.id ?? 0)
    const [last] = (await control.experiments.decisions(key, { limit: 1, cursor: null })).items
    const [clock] = await control.pool.run((sql) => sql<{ day: string; model: number }[]>`
      select (moment() at time zone 'UTC')::date::text as day, id as model from models where key = ${model}`)
    expect(entry).toMatchObject({ chain: 'days', seq: 1, actor: 'engine', action: 'heads', rule: 'daily', experiment: null, model: null })
    expect(entry?.evidence).toMatchObject({
      day: clock?.day, heads: { [`experiment:${id}`]: [1, last?.hash], [`model:${clock?.model}`]: [1, expect.any(String)] },
    })
    const messages = await control.pool.run((sql) => sql`select 1 from outbox where ledger = ${today?.id ?? 0}`)
    expect([...messages]).toEqual([])
    expect((await verifyChains(control.pool)).breaks).toEqual([])

    await oneDayLater(control)
    await control.experiments.act(key, { action: 'pause', reason: 'test' }, 'tester')
    await tick(fence)
    const days = await daysOf(control)
    expect(days.map(({ seq }) => seq)).toEqual([1, 2])
    expect((await readEntry(control.pool, days[1]!.id))?.evidence['heads']).toMatchObject({ [`experiment:${id}`]: [2, expect.any(String)] })
    expect((await verifyChains(control.pool)).breaks).toEqual([])
  })

  it('lets verify name what was cut off the end of a chain, a whole chain that is gone, and one written anew', async () => {
    const control = controlOf(store.database)
    const experiments = [await started(control), await started(control), await started(control)]
    const [cut, gone, forged] = experiments.map(({ id }) => id)
    for (const { key } of experiments) await control.experiments.act(key, { action: 'pause', reason: 'test' }, 'tester')
    const { fence } = await leading(control)
    await oneDayLater(control)
    await chainHeads(control.pool, fence)
    await control.experiments.act(experiments[0]!.key, { action: 'resume', reason: 'after the daily entry' }, 'tester')
    expect((await verifyChains(control.pool)).breaks).toEqual([])
    const [row] = await control.pool.run((sql) => sql<{ id: number }[]>`select id from ledger where experiment = ${forged ?? 0} and seq = 2`)
    const { id: _id, hash: _hash, ...entry } = (await readEntry(control.pool, row?.id ?? 0))!
    const body = { ...entry, reason: 'another' }
    const hash = hashOf(body)
    await tamper(
      control,
      `delete from outbox where ledger in (select id from ledger where experiment in (${cut}, ${gone}))`,
      `delete from ledger where experiment = ${cut} and seq >= 2`,
      `delete from ledger where experiment = ${gone}`,
      `update ledger set entry = '${JSON.stringify({ ...body, hash })}', hash = '${hash}' where id = ${row?.id}`,
    )
    const day = (await daysOf(control)).at(-1)?.day
    const missing = `is missing, though the daily entry of ${day} names it as the last of its chain`
    const breaks = [
      { chain: `experiment:${cut}`, seq: 2, problem: missing },
      { chain: `experiment:${gone}`, seq: 2, problem: missing },
      { chain: `experiment:${forged}`, seq: 2, problem: `is not the entry that the daily entry of ${day} names` },
    ]
    const found = (await verifyChains(control.pool)).breaks
    expect(found.filter(({ chain }) => chain !== 'unknown')).toEqual(breaks)
    // two of the first and two of the second had their inputs kept beside them
    expect(found.filter(({ problem }) => problem.endsWith('though what it was decided from is there'))).toHaveLength(found.length - breaks.length)
    expect(found.length).toBeGreaterThan(breaks.length)
    expect((await verifyChains(control.pool, `experiment:${cut}`)).breaks).toEqual(breaks.slice(0, 1))
    const said: string[] = []
    expect(await verifyAll({ engine: control.pool }, (line) => void said.push(line))).toBe(false)
    expect(said).toContain(`✗ ledger experiment:${cut}, entry 2: ${missing}`)
  })

  it('names the chain of a model that never had an experiment', async () => {
    const control = controlOf(store.database)
    await control.models.create({ key: 'lonely' })
    await control.models.patch('lonely', { enabled: false }, 'tester')
    const { fence } = await leading(control)
    await oneDayLater(control)
    const id = await chainHeads(control.pool, fence)
    const [model] = await control.pool.run((sql) => sql<{ id: number }[]>`select id from models where key = 'lonely'`)
    expect((await readEntry(control.pool, id ?? 0))?.evidence['heads']).toMatchObject({ [`model:${model!.id}`]: [1, expect.any(String)] })
  })

  it('is not needed to tell what was cut off since: messages, changes of traffic and the engine itself are witnesses', async () => {
    const control = controlOf(store.database)
    const [told, silent] = [await started(control), await started(control)]
    const { fence } = await leading(control)
    await oneDayLater(control)
    await createTick({ store: createEngineStore(control.pool), log: quiet })(fence)
    const before = (await verifyChains(control.pool)).breaks
    for (const { key } of [told, silent]) await control.experiments.act(key, { action: 'disable', variant: 'b', reason: 'after the daily entry' }, 'tester')
    expect((await verifyChains(control.pool)).breaks).toEqual(before)
    await tamper(
      control,
      `delete from ledger where experiment = ${told.id} and seq = 2`,
      `delete from outbox where ledger in (select id from ledger where experiment = ${silent.id})`,
      `delete from ledger where experiment = ${silent.id} and seq = 2`,
      `delete from ledger where chain = 'days'`,
    )
    const after = (await verifyChains(control.pool)).breaks.filter((one) => !before.some(({ problem }) => problem === one.problem))
    expect(after.filter(({ chain }) => chain !== 'unknown')).toEqual([
      { chain: `experiment:${told.id}`, seq: 2, problem: expect.stringMatching(/^is missing \(id \d+\), though a message is there$/) },
      { chain: `experiment:${silent.id}`, seq: 2, problem: 'is missing, though the traffic was changed by it or a later one (epoch 2)' },
      { chain: 'days', seq: expect.any(Number), problem: expect.stringMatching(/^is missing, though the engine looked on /) },
    ])
  })
})
