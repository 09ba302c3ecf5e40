import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { replayDecision } from '../../src/engine/replay.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { verifyAll } from '../../src/entry/verify.ts'
import { ServiceError } from '../../src/errors.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries, verifyChains } from '../../src/store/control/ledger.ts'
import { readExperiment } from '../../src/store/read/moments.ts'
import { addCells, conversions, insertRunning, slow, win } from '../support/experiment-rows.ts'
import { describeStores } from '../support/stores.ts'
import { controlOf, started } from '../store/control/setup.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** A fence that leads now, whoever led before. */
const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

const fourArms = [...conversions(0, 6_000, 2_900, 600), ...conversions(1, 6_000, 2_300, 600), ...conversions(2, 6_000, 2_400, 600), ...conversions(3, 6_000, 2_900, 600)]

let names = 0
const fresh = (): string => `replayed-${++names}`

describeStores('replay', (store) => {
  const pool = (): Pool => store.database.engine
  /** Change what is stored as only somebody who owns the database could. */
  const tamper = (table: string, statement: string) =>
    pool().begin(async (tx) => {
      await tx.unsafe(`alter table ${table} disable trigger user`)
      const { count } = await tx.unsafe(statement)
      await tx.unsafe(`alter table ${table} enable trigger user`)
      return count
    })

  /** Two losers stopped at one look: their entries, the first first. */
  const stopped = async () => {
    const key = fresh()
    const { id, scope } = await insertRunning(pool(), key, {}, [win, slow], 48, 4)
    await addCells(pool(), scope, fourArms)
    await createTick({ store: createEngineStore(pool()), log: quiet })(await lead(pool()))
    return { key, id, entries: (await readEntries(pool(), id, 10, null)).toReversed() }
  }

  it('takes several decisions of one look to the same entries, field by field', async () => {
    const { entries, key, id } = await stopped()
    expect(entries.map(({ action, variant }) => [action, variant])).toEqual([['kill', 'qwen'], ['kill', 'llama']])
    // the stage began anew twice, but nobody came in between
    expect((await readExperiment(pool(), id))?.experiment.reopened).toBe(1)
    for (const entry of entries) {
      expect(entry).toMatchObject({
        form: 2, inputs: expect.stringMatching(/^[0-9a-f]{64}$/), seed: null,
        verdicts: { variants: { qwen: { win: 'FAIL', slow: expect.any(String) } }, sampleRatio: 'PASS' },
        freshness: { digest: entry.evidence['digest'], units: { llama: { exposed: 6_000, matured: 6_000 } } },
        alternatives: [expect.objectContaining({ action: 'promote', variant: 'phi' })], undo: { calls: [] },
      })
      const { same, stored, recomputed, differences } = await replayDecision(pool(), entry.id)
      expect(differences).toEqual([])
      expect(same).toBe(true)
      expect(recomputed).toEqual(stored)
      expect(stored).toMatchObject({ action: 'kill', experiment: key, evidence: entry.evidence })
    }
    const [row] = await pool().run((sql) => sql<{ parts: number }[]>`select count(*)::int as parts from decision_parts`)
    expect(row?.parts).toBeGreaterThan(0)
    expect((await verifyChains(pool())).breaks).toEqual([])
  })

  it('takes what people did again, the start included', async () => {
    const control = controlOf(store.database)
    const { key, id } = await started(control)
    for (const action of ['pause', 'resume', 'promote', 'rollback', 'acknowledge', 'archive'] as const) {
      await control.experiments.act(key, { action, reason: 'why “not”', ...(action === 'promote' && { variant: 'b' }) }, 'tester')
    }
    const entries = await readEntries(pool(), id, 10, null)
    expect(entries).toHaveLength(7)
    for (const { id: entry } of entries) expect((await replayDecision(pool(), entry)).differences).toEqual([])
    const undone = entries.find(({ action }) => action === 'promote')?.undo?.calls
    expect(undone).toEqual([{ method: 'POST', path: `/api/experiments/${key}/actions`, body: { action: 'rollback', reason: 'taken back' } }])
  })

  const flip = (table: string, where: string) =>
    `update ${table} set body = set_byte(body, length(body) / 2, get_byte(body, length(body) / 2) # 1) where ${where}`
  it.each([
    ['a flipped byte of the inputs', 'decision_inputs', (id: number) => flip('decision_inputs', `ledger = ${id}`), 'inputs', 'the stored inputs were changed'],
    ['lost inputs', 'decision_inputs', (id: number) => `delete from decision_inputs where ledger = ${id}`, 'inputs', 'the stored inputs are missing'],
    ['a changed number in the entry', 'ledger', (id: number) => `update ledger set entry = jsonb_set(entry, '{evidence,units,variant}', '6001') where id = ${id}`, 'evidence.units.variant', 'was changed'],
    ['a changed action', 'ledger', (id: number) => `update ledger set entry = jsonb_set(entry, '{action}', '"promote"') where id = ${id}`, 'action', 'was changed'],
  ])('shows %s, and verify names the entry', async (_, table, statement, path, problem) => {
    const { id, entries: [, entry] } = await stopped()
    expect(await tamper(table, statement(entry!.id))).toBe(1)
    const replayed = await replayDecision(pool(), entry!.id)
    expect(replayed.same).toBe(false)
    expect(replayed.differences.map((one) => one.path)).toContain(path)
    const { breaks } = await verifyChains(pool(), `experiment:${id}`)
    expect(breaks).toEqual([{ chain: `experiment:${id}`, seq: 2, problem: expect.stringContaining(problem) }])
    const lines: string[] = []
    expect(await verifyAll({ engine: pool() }, (line) => lines.push(line))).toBe(false)
    expect(lines.join('\n')).toContain(`ledger experiment:${id}, entry 2`)
  })

  it('shows a flipped byte in a part of the inputs that several decisions share, in each of them', async () => {
    const { id, entries } = await stopped()
    const unshared = `hash not in (select hash from decision_parts order by ctid desc offset 1)`
    expect(await tamper('decision_parts', flip('decision_parts', unshared))).toBe(1)
    for (const { id: entry } of entries) {
      const replayed = await replayDecision(pool(), entry)
      expect(replayed).toMatchObject({ same: false, recomputed: null, differences: [{ path: 'inputs.parts' }] })
    }
    expect((await verifyChains(pool(), `experiment:${id}`)).breaks.map(({ seq }) => seq)).toEqual([1, 2])
  })

  it('keeps what was decided from as append-only as the ledger', async () => {
    await stopped()
    for (const table of ['decision_inputs', 'decision_parts']) {
      await expect(pool().run((sql) => sql.unsafe(`delete from ${table}`))).rejects.toThrow('append-only')
      await expect(pool().run((sql) => sql.unsafe(`update ${table} set body = ''`))).rejects.toThrow('append-only')
    }
  })

  it('says that it cannot where nothing is stored', async () => {
    await expect(replayDecision(pool(), 1_000_000)).rejects.toThrow('there is no decision')
    const control = controlOf(store.database)
    const { model } = await started(control)
    await control.models.patch(model, { enabled: false }, 'tester')
    const [row] = await pool().run((sql) => sql<{ id: number }[]>`select id from ledger where action = 'disable' order by id desc limit 1`)
    await expect(replayDecision(pool(), row!.id)).rejects.toThrow('cannot be replayed')
  })

  it('tells of a decision that could not be carried out once, replays it, and does what comes after it', async () => {
    const key = fresh()
    const { id, scope } = await insertRunning(pool(), key, {}, [win, slow], 48, 4)
    await addCells(pool(), scope, fourArms)
    const engine = createEngineStore(pool())
    const fence = await lead(pool())
    let refusing = true
    const apply: typeof engine.apply = async (change) => {
      const { action, variant, status } = change.account ?? {}
      if (refusing && action === 'kill' && variant === 'qwen' && status === 'applied') throw new ServiceError('version_not_found', 'the model has no version "2"')
      return engine.apply(change)
    }
    const tick = createTick({ store: { ...engine, apply }, log: quiet })
    for (let round = 0; round < 3; round++) {
      await addCells(pool(), scope, conversions(0, 1, 1, 0))
      await tick(fence)
    }
    const told = (await readEntries(pool(), id, 10, null)).toReversed()
    expect(told.map(({ variant, status }) => [variant, status])).toEqual([['qwen', 'failed'], ['llama', 'applied']])
    expect(told[0]).toMatchObject({ undo: { text: 'Nothing was done.', calls: [] }, evidence: { refused: 'version_not_found' }, reason: expect.stringContaining('Not done: the model has no version "2".') })
    for (const { id: entry } of told) expect((await replayDecision(pool(), entry)).differences).toEqual([])
    refusing = false
    expect((await verifyChains(pool(), `experiment:${id}`)).breaks).toEqual([])
  })
})

