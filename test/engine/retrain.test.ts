import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import type { Retrain } from '../../src/core/define/retrain.ts'
import { applyChange } from '../../src/store/control/apply.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { verifyChains } from '../../src/store/control/ledger.ts'
import { callForRetraining } from '../../src/store/control/retrain.ts'
import type { Pool } from '../../src/store/connect.ts'
import { addCells, conversions } from '../support/experiment-rows.ts'
import { describeStores } from '../support/stores.ts'
import { bare, type Control, controlOf, idOf, started, withModel } from '../store/control/setup.ts'

const quiet = { info: () => {}, warn: () => {}, error: console.error }

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

type Told = { action: string; rule: string; reason: string; evidence: Record<string, unknown> }

describeStores('a model is to be trained again', (store) => {
  const pool = (): Pool => store.database.engine
  /** A look of an engine that has just taken over. */
  const tick = async () => createTick({ store: createEngineStore(pool()), log: quiet })(await lead(pool()))
  const all: Retrain = { on: ['drift', 'degradation', 'forgetting'] }

  const toldOf = (model: string) => pool().run((sql) => sql<Told[]>`
    select l.action, l.entry->>'rule' as rule, l.entry->>'reason' as reason, l.entry->'evidence' as evidence
    from ledger l join models m on l.chain = 'model:' || m.id where m.key = ${model} and l.actor = 'engine' order by l.seq`)
  const messagesOf = (model: string) => pool().run((sql) => sql`
    select topic, body->'evidence'->>'cause' as cause from outbox where topic = 'decision.retrain' and body->>'model' = ${model} order by id`)

  /** A running experiment whose versions have checkpoints, on a model whose champion is version 1. */
  const running = async (retrain: Retrain | null): Promise<{ control: Control; key: string; model: string }> => {
    const control = controlOf(store.database)
    const { key, model } = await started(control, { segments: ['language'] })
    await control.models.patch(model, { retrain }, 'ada')
    await pool().run((sql) => sql`
      update versions v set record = record || jsonb_build_object('checkpoint', jsonb_build_object('id', 'ckpt-' || v.version))
      from models m where m.id = v.model and m.key = ${model}`)
    return { control, key, model }
  }
  const hold = (key: string, reason: string, variant: string | null) => pool().run((sql) => sql`
    update experiments set holds = holds || ${sql.json([{ reason, variant, metric: 'score', text: `${reason} was seen`, since: '2026-01-01T00:00:00.000Z', clean: 0 }])}
    where key = ${key}`)
  const alarm = (model: string, kind: string, version = '1') => pool().run((sql) => sql`
    update versions v set watch_state = jsonb_build_object('scope', v.watch_scope, 'upTo', 99999, 'detectors', '{}'::jsonb, 'drift', '{}'::jsonb,
      'alerts', ${sql.json([{ kind, metric: 'score', since: new Date().toISOString(), text: `${kind} of the watch` }])}::jsonb)
    from models m where m.id = v.model and m.key = ${model} and v.version = ${version}`)
  const stopForgetful = async (control: Control, key: string) => applyChange(pool(), bare(await idOf(control, key), 2, {
    account: {
      actor: 'engine', mode: 'auto', action: 'kill', variant: 'b', rule: 'guardrail-harm', reason: 'Where language is tr, failed of b is worse.', status: 'held',
      evidence: { worstSegment: { metric: 'failed', margin: 0.05, segment: 'language', value: 'tr', verdict: 'FAIL', harm: {}, units: 500 } },
    },
  }))

  it('when an experiment on it is held for drift or degradation: with the checkpoint, and where the cases and the state are', async () => {
    const { key, model } = await running(all)
    await hold(key, 'drift', 'b')
    await hold(key, 'degradation', null)
    await tick()
    expect(await toldOf(model)).toEqual([
      {
        action: 'retrain', rule: 'retrain-drift', reason: `Version 2 should be trained again: drift was seen (${key}). No traffic was moved.`,
        evidence: {
          cause: 'drift', version: '2', checkpoint: { id: 'ckpt-2' }, outcomes: null, signs: [expect.any(String)],
          experiments: [{ key, cases: `/api/experiments/${key}/cases`, state: `/api/experiments/${key}/state` }],
        },
      },
      expect.objectContaining({ rule: 'retrain-degradation', evidence: expect.objectContaining({ version: '1', checkpoint: { id: 'ckpt-1' }, outcomes: 0 }) }),
    ])
    expect(await messagesOf(model)).toEqual([{ topic: 'decision.retrain', cause: 'drift' }, { topic: 'decision.retrain', cause: 'degradation' }])
  })

  it('when the watch of its champion alarms; not for versions that do not serve', async () => {
    const { key, model } = await running(all)
    await alarm(model, 'drift')
    await alarm(model, 'degradation', '2')
    await tick()
    expect(await toldOf(model)).toMatchObject([{ rule: 'retrain-drift', evidence: { version: '1', experiments: [{ key }] } }])
  })

  it('when a variant was worse for one value of a segment, even where nothing was done about it', async () => {
    const { control, key, model } = await running(all)
    expect(await stopForgetful(control, key)).toMatchObject({ status: 'applied' })
    await tick()
    expect(await toldOf(model)).toMatchObject([{
      rule: 'retrain-forgetting', reason: expect.stringContaining('b is worse than the control on failed where language is tr') as string,
      evidence: { cause: 'forgetting', version: '2', experiments: [{ key }] },
    }])
  })

  it('each time so many further outcomes of champion traffic have come', async () => {
    const { control, model } = await running({ on: [], everyOutcomes: 500 })
    const report = async (units: number): Promise<void> => {
      const [row] = await pool().run((sql) => sql<{ scope: number; today: number }[]>`
        select v.watch_scope as scope, floor(extract(epoch from moment()) / 86400)::int as today
        from versions v join models m on m.champion = v.id where m.key = ${model}`)
      await addCells(pool(), row!.scope, conversions(0, units, units).map((cell) => ({ ...cell, epoch: row!.today })))
    }
    await report(499)
    await tick()
    expect(await toldOf(model)).toEqual([])
    await report(1)
    await tick()
    expect(await toldOf(model)).toMatchObject([{ rule: 'retrain-outcomes', evidence: { cause: 'outcomes', version: '1', outcomes: 500 } }])
    // another champion begins at nothing, on the same day
    await control.champions.set(model, '2', 'better', 'ada')
    await report(499)
    await tick()
    expect(await toldOf(model)).toHaveLength(1)
    await report(1)
    await tick()
    expect((await toldOf(model)).map(({ evidence }) => evidence['version'])).toEqual(['1', '2'])
    await report(5_000)
    await tick()
    expect(await toldOf(model)).toHaveLength(2)
  })

  it('once, whoever leads: after a takeover, and where two look at once', async () => {
    const { control, key, model } = await running(all)
    await hold(key, 'drift', 'b')
    const fence = await lead(pool())
    const [former, latter] = [callForRetraining(pool(), fence), callForRetraining(pool(), fence)]
    expect([...await former, ...await latter].filter((one) => one === model)).toEqual([model])
    await stopForgetful(control, key)
    const late = await lead(pool())
    expect(await callForRetraining(pool(), fence)).toEqual([])
    expect(await callForRetraining(pool(), late)).toEqual([model])
    await tick()
    expect((await toldOf(model)).map(({ rule }) => rule)).toEqual(['retrain-drift', 'retrain-forgetting'])
    expect(await messagesOf(model)).toHaveLength(2)
    expect((await verifyChains(pool())).breaks).toEqual([])
  })

  it('never where its model does not ask, nor for a drill', async () => {
    const { control, key, model } = await running(null)
    const partly = await running({ on: ['forgetting'] })
    const rehearsed = await withModel(control)
    await control.models.patch(rehearsed, { retrain: all }, 'ada')
    await control.champions.set(rehearsed, '1', 'first', 'ada')
    for (const one of [model, partly.model, rehearsed]) await alarm(one, 'drift')
    await hold(key, 'drift', 'b')
    await hold(partly.key, 'drift', 'b')
    const drill = `drill:7:${rehearsed}`
    await pool().run((sql) => sql`update models set key = ${drill} where key = ${rehearsed}`)
    await tick()
    expect([await toldOf(model), await toldOf(partly.model), await toldOf(drill)]).toEqual([[], [], []])
  })
})
