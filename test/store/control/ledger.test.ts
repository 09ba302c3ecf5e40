import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { applyChange } from '../../../src/store/control/apply.ts'
import { readEntry, verifyChains } from '../../../src/store/control/ledger.ts'
import { describeStores } from '../../support/stores.ts'
import { bare, type Control, controlOf, started, withModel } from './setup.ts'

/** Change the ledger as only somebody who owns the database could. */
const tamper = (control: Control, statement: string) =>
  control.pool.begin(async (tx) => {
    await tx`alter table ledger disable trigger ledger_append_only`
    const rows = await tx.unsafe(statement)
    await tx`alter table ledger enable trigger ledger_append_only`
    return rows.count
  })

/** What the hash of an entry covers, written out here so that a change of the canonical form shows. */
const sortedJson = (body: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.keys(body).toSorted().map((key) => [key, body[key]])))

describeStores('the ledger', (store) => {
  const withEntries = async (): Promise<{ control: Control; chain: string; key: string; id: number }> => {
    const control = controlOf(store.database)
    const { key, id } = await started(control)
    for (let revision = 2; revision <= 5; revision++) {
      const evidence = { at: new Date(0), tiny: 1e-300, huge: 1e300, third: 1 / 3, nothing: undefined, text: 'größer “x” \\', list: [null, -0] }
      await applyChange(control.pool, bare(id, revision, { account: { ...bare(id, revision).account!, evidence } }))
    }
    return { control, key, id, chain: `experiment:${id}` }
  }

  it('chains every entry of an experiment and verifies, whatever numbers and texts the evidence holds', async () => {
    const { control, key, chain } = await withEntries()
    const { items } = await control.experiments.decisions(key, { limit: 10, cursor: null })
    expect(items.map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1])
    for (const [index, { prevHash }] of items.entries()) expect(prevHash).toBe(items[index + 1]?.hash ?? '0'.repeat(64))
    expect(items.at(-1)).toMatchObject({ action: 'start', actor: 'tester', mode: 'manual', epochBefore: 0, epochAfter: 1, weightsBefore: [], status: 'applied' })
    expect(await readEntry(control.pool, items[0]!.id)).toEqual(items[0])
    expect(await verifyChains(control.pool, chain)).toEqual({ entries: 5, breaks: [] })
    expect((await verifyChains(control.pool)).breaks).toEqual([])
  })

  it('pages backwards', async () => {
    const { control, key } = await withEntries()
    const first = await control.experiments.decisions(key, { limit: 3, cursor: null })
    const second = await control.experiments.decisions(key, { limit: 3, cursor: first.next })
    expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual([5, 4, 3, 2, 1])
    expect(second.next).toBeNull()
  })

  it('takes no update and no deletion', async () => {
    const { control, id } = await withEntries()
    await expect(control.pool.run((sql) => sql`update ledger set actor = 'x' where experiment = ${id}`)).rejects.toThrow('append-only')
    await expect(control.pool.run((sql) => sql`delete from ledger where experiment = ${id}`)).rejects.toThrow('append-only')
  })

  it.each([
    ['an edited reason', (id: number) => `update ledger set entry = jsonb_set(entry, '{reason}', '"other"') where experiment = ${id} and seq = 3`, 3, 'changed'],
    ['an edited number', (id: number) => `update ledger set entry = jsonb_set(entry, '{evidence,third}', '0.3334') where experiment = ${id} and seq = 4`, 4, 'changed'],
    ['an edited column', (id: number) => `update ledger set status = 'applied' where experiment = ${id} and seq = 3`, 3, 'changed'],
    ['a removed entry', (id: number) => `delete from ledger where experiment = ${id} and seq = 2`, 3, 'entry 2 is missing'],
    ['a forged hash', (id: number) => `update ledger set hash = repeat('a', 64) where experiment = ${id} and seq = 2`, 2, 'changed'],
  ])('shows %s at its place', async (_name, statement, seq, problem) => {
    const { control, chain, id } = await withEntries()
    expect(await tamper(control, statement(id))).toBe(1)
    const { breaks } = await verifyChains(control.pool, chain)
    expect(breaks[0]).toEqual({ chain, seq, problem: expect.stringContaining(problem) })
  })

  it('tells of what changed on a model in a chain of its own', async () => {
    const control = controlOf(store.database)
    const { model } = await started(control)
    await control.models.patch(model, { enabled: false }, 'tester')
    await control.champions.set(model, '2', 'better', 'tester')
    const rows = await control.pool.run((sql) => sql<{ action: string; chain: string }[]>`
      select action, chain from ledger where experiment is null and model = (select id from models where key = ${model}) order by seq`)
    expect(rows.map(({ action }) => action)).toEqual(['disable', 'champion'])
    expect(await verifyChains(control.pool, rows[0]!.chain)).toEqual({ entries: 2, breaks: [] })
  })

  it('goes on from entries of the first form, which verify as they did, and names a form that it does not know', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    const [{ id: subject } = { id: 0 }] = await control.pool.run((sql) => sql<{ id: number }[]>`select id from models where key = ${model}`)
    const chain = `model:${subject}`
    const at = '2025-12-31T23:00:00.000Z'
    const body = {
      chain, seq: 1, at, actor: 'tester', mode: 'manual', experiment: null, model, stage: 0, action: 'configure', variant: null, rule: 'manual', reason: 'before',
      status: 'applied', epochBefore: 0, epochAfter: 0, weightsBefore: [], weightsAfter: [], policyHash: '', evidence: { third: 1 / 3 }, prevHash: '0'.repeat(64),
    }
    const hash = createHash('sha256').update(sortedJson(body)).digest('hex')
    await control.pool.run((sql) => sql`
      insert into ledger (model, chain, seq, at, actor, action, status, entry, prev_hash, hash)
      values (${subject}, ${chain}, 1, ${new Date(at)}, 'tester', 'configure', 'applied', ${sql.json({ ...body, hash })}, ${body.prevHash}, ${hash})`)
    await control.models.patch(model, { enabled: false }, 'tester')
    expect(await verifyChains(control.pool, chain)).toEqual({ entries: 2, breaks: [] })
    expect(await tamper(control, `update ledger set entry = jsonb_set(entry, '{form}', '3') where chain = '${chain}' and seq = 2`)).toBe(1)
    expect((await verifyChains(control.pool, chain)).breaks).toEqual([{ chain, seq: 2, problem: 'is of form 3, which this version does not know' }])
  })

  it('queues a message with every entry, in its transaction', async () => {
    const { control, id } = await withEntries()
    const rows = await control.pool.run((sql) => sql<{ topic: string }[]>`
      select o.topic from outbox o join ledger l on l.id = o.ledger where l.experiment = ${id} order by o.id`)
    expect(rows.map(({ topic }) => topic)).toEqual(['decision.start', 'decision.hold', 'decision.hold', 'decision.hold', 'decision.hold'])
  })
})
