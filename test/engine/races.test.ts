import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../stats/index.ts'
import { afterChange } from '../../src/core/decide/carry-out.ts'
import type { ExperimentFacts } from '../../src/core/analyze/analysis-input.ts'
import type { Action, ActionName } from '../../src/core/define/definitions.ts'
import { plan } from '../../src/core/decide/transition.ts'
import type { Wish } from '../../src/core/decide/wish.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createExperiments } from '../../src/store/control/experiments.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries, verifyChains } from '../../src/store/control/ledger.ts'
import type { Pool } from '../../src/store/connect.ts'
import { readExperiment } from '../../src/store/read/moments.ts'
import { addCells, conversions, insertRunning, slow, win } from '../support/experiment-rows.ts'
import { expectReplays } from '../support/replays.ts'
import { describeStores } from '../support/stores.ts'

/** Interleavings of each kind; INTERLEAVINGS=1000 tries more. */
const many = Number(process.env['INTERLEAVINGS'] ?? 60)
const quiet = { info: () => {}, warn: () => {}, error: () => {} }
/** What an action may be answered that another one overtook. */
const refusals = ['illegal_transition', 'stale', 'conflict', 'version_locked']

const people = (pool: Pool) => createExperiments({ pool, hashUnit: () => '', validateRule: () => [], drawSalt: () => '' })
const wanted = (action: ActionName): Action => ({ action, reason: 'raced', ...(['promote', 'kill', 'enable', 'disable'].includes(action) ? { variant: 'qwen' } : {}) })

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

/** Begins after so many round trips to the database. */
const later = async <T>(pool: Pool, trips: number, work: () => Promise<T>): Promise<T> => {
  for (let trip = 0; trip < trips; trip++) await pool.run((sql) => sql`select 1`)
  return work()
}

type Ended = { fulfilled: boolean; code: string | null }
const ended = (work: Promise<unknown>): Promise<Ended> =>
  work.then(() => ({ fulfilled: true, code: null }), (error: { code?: string }) => ({ fulfilled: false, code: error.code ?? String(error) }))

type Epoch = { epoch: number; startedAt: Date; endedAt: Date | null }
const stateOf = async (pool: Pool, id: number) => {
  const [row] = await pool.run((sql) => sql<{ state: string; epoch: number; winner: string | null; champion: string; switches: string[]; statuses: string[]; epochs: number }[]>`
    select e.state, e.epoch, e.winner, v.version as champion, (select count(*)::int from epochs where experiment = e.id) as epochs,
      array(select one->>'status' from jsonb_array_elements(e.variants) one) as statuses,
      array(select n.version from champion_history h join versions n on n.id = h.version where h.model = e.model order by h.seq) as switches
    from experiments e join models m on m.id = e.model join versions v on v.id = m.champion where e.id = ${id}`)
  if (!row) throw new Error(`no experiment ${id}`)
  return row
}

/** One order, whatever was issued when: the ledger's, which leads from the first row to the last one. */
const expectOneOrder = async (pool: Pool, before: ExperimentFacts) => {
  const { id } = before
  const after = await stateOf(pool, id)
  const epochs = await pool.run((sql) => sql<Epoch[]>`select epoch, started_at as "startedAt", ended_at as "endedAt" from epochs where experiment = ${id} order by epoch`)
  expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, index) => index + 1))
  expect(epochs.slice(1).map(({ startedAt }) => startedAt)).toEqual(epochs.slice(0, -1).map(({ endedAt }) => endedAt))
  expect(epochs.at(-1)).toMatchObject({ epoch: after.epoch, endedAt: ['running', 'paused', 'baking'].includes(after.state) ? null : expect.any(Date) })

  const entries = (await readEntries(pool, id, 50, null)).toReversed()
  let [facts, champion, beforePromotion] = [before, '1', null as string | null]
  for (const { action, variant, reason, actor, rule, epochBefore, epochAfter } of entries.filter(({ status }) => status === 'applied')) {
    expect(epochBefore).toBeGreaterThanOrEqual(facts.epoch)
    const change = plan(facts, { action: action as Wish['action'], variant, reason, actor, rule }, { champion, beforePromotion, metrics: new Map() })
    if ('refused' in change) throw new Error(`${action} after ${facts.state}: ${change.message}`)
    if (change.champion !== undefined) [beforePromotion, champion] = [champion, change.champion]
    facts = { ...afterChange(facts, change, epochAfter), winner: change.winner ?? facts.winner }
  }
  expect({ state: facts.state, statuses: facts.variants.map(({ status }) => status), champion }).toEqual({ state: after.state, statuses: after.statuses, champion: after.champion })
  expect(after.switches.at(-1)).toBe(after.champion)
  expect((await verifyChains(pool, `experiment:${id}`)).breaks).toEqual([])
  return { ...after, entries }
}

const running = async (pool: Pool, key: string, draft: object = {}, arms = 2) => {
  const { scope } = await insertRunning(pool, key, draft, [win, slow], 48, arms)
  return { scope, facts: (await readExperiment(pool, key))!.experiment }
}

/** Data that promotes at the next look, the first having been taken; answers what ticks then. */
const aboutToPromote = async (pool: Pool, key: string, draft: object) => {
  const { scope } = await running(pool, key, draft)
  await addCells(pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)])
  const fence = await lead(pool)
  const tick = createTick({ store: createEngineStore(pool), log: quiet })
  await tick(fence)
  await addCells(pool, scope, conversions(1, 1, 1, 0))
  return { facts: (await readExperiment(pool, key))!.experiment, tick: () => tick(fence) }
}

const bakes = { policy: { bake: { units: 1_000 } } }
/** The third one waits. */
const handsOn = { policy: { onHarm: 'roll-through', next: 'llama' }, stages: [{ allocation: 'fixed', weights: { gemma: 0.5, qwen: 0.5, llama: 0 } }] }

describeStores('actions issued together', (store) => {
  const runs = Array.from({ length: Math.ceil(store.kind === 'postgres' ? many : many / 4) }, (_, run) => run)
  const seed = 20_261_121

  it('a rollback and a promotion end rolled back, with one champion, whichever was first', async () => {
    const pool = store.database.api
    const random = seededRandom(seed)
    for (const run of runs) {
      const key = `both-${run}`
      const { facts } = await running(pool, key, run % 2 === 0 ? bakes : {})
      const act = (action: ActionName) => later(pool, Math.floor(random.uniform() * 4), () => ended(people(pool).act(key, wanted(action), action)))
      const [rolledBack, promoted] = await Promise.all(run % 4 < 2 ? [act('rollback'), act('promote')] : [act('promote'), act('rollback')].toReversed())
      expect(rolledBack).toEqual({ fulfilled: true, code: null })
      if (!promoted!.fulfilled) expect(refusals).toContain(promoted!.code)
      const after = await expectOneOrder(pool, facts)
      expect(after).toMatchObject({ state: 'rolled_back', champion: '1', switches: promoted!.fulfilled ? ['1', '2', '1'] : ['1'] })
      expect(after.entries.map(({ action }) => action)).toEqual(promoted!.fulfilled ? ['promote', 'rollback'] : ['rollback'])
    }
  }, 600_000)

  it('any two of people leave one order', async () => {
    const pool = store.database.api
    const random = seededRandom(seed + 1)
    const actions: ActionName[] = ['pause', 'resume', 'disable', 'enable', 'kill', 'promote', 'rollback', 'stop', 'emergency-stop']
    const draw = (): ActionName => actions[Math.floor(random.uniform() * actions.length)]!
    for (const run of runs) {
      const key = `people-${run}`
      const { facts } = await running(pool, key, run % 2 === 0 ? { policy: { ...bakes.policy, onPause: 'control' } } : {}, 3)
      const pair = [draw(), draw()]
      const results = await Promise.all(pair.map((action) => later(pool, Math.floor(random.uniform() * 4), () => ended(people(pool).act(key, wanted(action), action)))))
      for (const { fulfilled, code } of results) if (!fulfilled) expect(refusals).toContain(code)
      const { entries, state, champion } = await expectOneOrder(pool, facts)
      expect(entries).toHaveLength(results.filter(({ fulfilled }) => fulfilled).length)
      // whoever protects is obeyed, unless the experiment had ended before
      if (pair.some((action, index) => action === 'rollback' || (action === 'emergency-stop' && results[index]?.fulfilled))) {
        expect(['rolled_back', 'killed', 'stopped']).toContain(state)
        expect(champion).toBe('1')
      }
    }
  }, 600_000)

  it('a person and the promoting engine leave one order; rollback and emergency stop win', async () => {
    const pool = store.database.api
    const random = seededRandom(seed + 2)
    const actions: ActionName[] = ['rollback', 'emergency-stop', 'pause', 'kill', 'stop', 'promote']
    for (const run of runs.slice(0, Math.ceil(runs.length / 2))) {
      const key = `engine-${run}`
      const { facts, tick } = await aboutToPromote(pool, key, run % 2 === 0 ? bakes : {})
      const action = actions[run % actions.length]!
      const [result] = await Promise.all([
        later(pool, Math.floor(random.uniform() * 12), () => ended(people(pool).act(key, wanted(action), 'person'))),
        later(pool, Math.floor(random.uniform() * 4), tick),
      ])
      const { state, champion } = await expectOneOrder(pool, facts)
      // whatever a person refused was too late
      if (!result.fulfilled) expect(refusals).toContain(result.code)
      if (action === 'rollback') expect([result.fulfilled, state, champion]).toEqual([true, 'rolled_back', '1'])
      if (action === 'emergency-stop' && result.fulfilled) expect([['killed', 'rolled_back'].includes(state), champion]).toEqual([true, '1'])
      await people(pool).act(key, wanted('emergency-stop'), 'cleaner').catch(() => {})
    }
  }, 600_000)

  describe('that the other one overtakes', () => {
    /** The same database, where `first` happens before the write that `acting` prepares. */
    const before = (pool: Pool, first: () => Promise<unknown>): Pool => {
      let begun = 0
      return { ...pool, run: pool.run.bind(pool), begin: async (work: never, options: never) => {
        // an action reads first what it was decided on, in a transaction of its own
        if (++begun === 2) await first()
        return pool.begin(work, options)
      } } as Pool
    }

    it.each([
      ['rollback', {}, 'manual'], ['rollback', bakes, 'manual'], ['emergency-stop', {}, 'emergency-stop'],
      ['roll-through', handsOn, 'roll-through'], ['roll-through', { ...handsOn, policy: { ...handsOn.policy, ...bakes.policy }, hypothesis: 'bakes' }, 'roll-through'],
    ] as const)(
      'a %s undoes a promotion that was written first: %j', async (action, draft, rule) => {
        const pool = store.database.api
        const key = `overtaken-${action}-${Object.keys(draft).length}`
        const { facts } = await running(pool, key, draft, 3)
        const late = before(pool, () => people(pool).act(key, wanted('promote'), 'faster'))
        expect(await people(late).act(key, wanted(action), 'slower')).toMatchObject({ state: 'rolled_back' })
        const { entries, champion } = await expectOneOrder(pool, facts)
        expect([champion, entries.map((entry) => [entry.action, entry.actor, entry.rule])]).toEqual(['1', [['promote', 'faster', 'manual'], ['rollback', 'slower', rule]]])
      },
    )

    it('an emergency stop of a bake restores the champion before it', async () => {
      const pool = store.database.api
      const { facts } = await running(pool, 'overtaken-bake', bakes)
      const late = before(pool, () => people(pool).act('overtaken-bake', wanted('promote'), 'faster'))
      expect(await people(late).act('overtaken-bake', wanted('emergency-stop'), 'slower')).toMatchObject({ state: 'killed' })
      expect((await expectOneOrder(pool, facts)).champion).toBe('1')
    })

    it('a promotion is refused when the rollback was written first', async () => {
      const pool = store.database.api
      const { facts } = await running(pool, 'too-late')
      const late = before(pool, () => people(pool).act('too-late', wanted('rollback'), 'faster'))
      await expect(people(late).act('too-late', wanted('promote'), 'slower')).rejects.toMatchObject({ code: expect.stringMatching(/^(illegal_transition|stale)$/) })
      expect(await expectOneOrder(pool, facts)).toMatchObject({ state: 'rolled_back', champion: '1', switches: ['1'] })
    })

    it('harm that the engine saw in a bake undoes its end by a person', async () => {
      const pool = store.database.api
      const { facts } = await running(pool, 'late-harm', bakes)
      await people(pool).act('late-harm', wanted('promote'), 'person')
      const { experiment: { scope, epoch } } = (await readExperiment(pool, 'late-harm'))!
      await addCells(pool, scope!, [...conversions(0, 500, 200, 50), ...conversions(1, 500, 200, 150), ...conversions(2, 9_000, 3_600, 2_700)].map((cell) => ({ ...cell, epoch })))
      const engine = createEngineStore(pool)
      let writes = 0
      const slower = { ...engine, apply: async (change: Parameters<typeof engine.apply>[0]) => {
        // a promotion without a name ends the bake
        if (++writes === 1) await people(pool).act('late-harm', { action: 'promote', reason: 'sure' }, 'person')
        return engine.apply(change)
      } }
      await createTick({ store: slower, log: quiet })(await lead(pool))
      const { entries, ...after } = await expectOneOrder(pool, facts)
      expect(after).toMatchObject({ state: 'rolled_back', champion: '1' })
      expect(entries.map(({ action, actor }) => [action, actor])).toEqual([['promote', 'person'], ['promote', 'person'], ['rollback', 'engine']])
    })
  })

  it('replays every decision of these tests to the very same entry', async () => {
    expect(await expectReplays(store.database.engine)).toBeGreaterThan(0)
  })
})
