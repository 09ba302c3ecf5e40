import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Action } from '../../../src/core/define/definitions.ts'
import { turnEpochs } from '../../../src/store/control/clock-epochs.ts'
import { verifyChains } from '../../../src/store/control/ledger.ts'
import { connect, type Database } from '../../../src/store/connect.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { type Control, contiguous, controlOf, definitionOn, epochsOf, freshKey, idOf, leading, started, withModel } from './setup.ts'

let first: Database
let second: Database
/** Two nodes on one database. */
let nodes: [Control, Control]

beforeAll(async () => {
  const databaseUrl = await freshDatabase(inject('postgresUrl'))
  first = await connect({ databaseUrl })
  second = await connect({ databaseUrl })
  nodes = [controlOf(first), controlOf(second)]
})
afterAll(() => Promise.all([first.close(), second.close()]))

const codesOf = (results: PromiseSettledResult<unknown>[]): string[] =>
  results.map((result) => (result.status === 'fulfilled' ? 'applied' : (result.reason as { code: string }).code))

/** All at once, from both nodes in turn. */
const race = async (key: string, actions: Pick<Action, 'action' | 'variant'>[]): Promise<string[]> =>
  codesOf(await Promise.allSettled(actions.map((action, index) =>
    nodes[index % 2]!.experiments.act(key, { ...action, reason: 'race' }, `racer ${index}`))))

describe('actions at the same moment', () => {
  it('a hundred times promote against kill and stop: one order, one champion, no gap in epochs or ledger', async () => {
    const [control] = nodes
    const winners = new Set<string>()
    for (let round = 0; round < 100; round++) {
      const { key, id, model } = await started(control)
      const promoted = { action: 'promote' as const, variant: 'b' }
      const against = round % 2 === 0 ? { action: 'kill' as const, variant: 'b' } : { action: 'stop' as const }
      const codes = await race(key, round % 4 < 2 ? [promoted, against] : [against, promoted])
      const { state, winner } = await control.experiments.get(key)
      const { items } = await control.experiments.decisions(key, { limit: 10, cursor: null })
      winners.add(items.at(-2)?.action ?? '')

      expect(codes.filter((code) => code === 'applied')).toHaveLength(1)
      expect(codes.every((code) => ['applied', 'stale', 'illegal_transition', 'conflict'].includes(code))).toBe(true)
      expect(items.map(({ seq }) => seq)).toEqual([2, 1])
      expect((await control.models.get(model)).champion).toBe(winner === 'b' ? '2' : '1')
      expect(winner === 'b').toBe(state === 'promoted')
      const epochs = await epochsOf(control, id)
      expect(contiguous(epochs)).toBe(true)
      expect(epochs.at(-1)?.endedAt === null).toBe(state === 'running')
    }
    expect(winners).toEqual(new Set(['promote', 'kill', 'stop']))
    expect((await verifyChains(control.pool)).breaks).toEqual([])
  })

  it('of eight promotions one is done, with one entry and one switch', async () => {
    const [control] = nodes
    const { key, model } = await started(control)
    const codes = await race(key, Array.from({ length: 8 }, (_, index) => ({ action: 'promote', variant: index % 2 === 0 ? 'b' : 'c' })))
    expect(codes.filter((code) => code === 'applied')).toHaveLength(1)
    expect((await control.experiments.decisions(key, { limit: 20, cursor: null })).items).toHaveLength(2)
    expect((await control.champions.history(model, { limit: 20, cursor: null })).items).toHaveLength(2)
  })

  it('of two experiments on a model, or in a place of a layer, one starts', async () => {
    const [control] = nodes
    for (let round = 0; round < 10; round++) {
      const models = [await withModel(control), await withModel(control)]
      const layer = { key: freshKey(), from: 0, to: 0.5 }
      const sameModel = [definitionOn(models[0]!), definitionOn(models[0]!)]
      const sameLayer = models.map((model) => definitionOn(model, { layer }))
      for (const definitions of [sameModel, sameLayer]) {
        const keys: string[] = []
        for (const definition of definitions) keys.push((await control.experiments.create(definition)).key)
        const results = await Promise.allSettled(keys.map((key, index) =>
          nodes[index]!.experiments.act(key, { action: 'start', reason: 'race' }, 'racer')))
        expect(codesOf(results).toSorted()).toEqual(['applied', 'layer_overlap'])
        const running = keys[results.findIndex(({ status }) => status === 'fulfilled')]!
        await control.experiments.act(running, { action: 'stop', reason: 'over' }, 'racer')
      }
    }
  })

  it('of two people who switch a champion together nobody overwrites the other unseen', async () => {
    const [control] = nodes
    for (let round = 0; round < 10; round++) {
      const model = await withModel(control)
      await control.champions.set(model, '1', 'first', 'tester')
      const codes = codesOf(await Promise.allSettled(['2', '3'].map((version, index) => nodes[index]!.champions.set(model, version, 'race', 'racer'))))
      const { items } = await control.champions.history(model, { limit: 10, cursor: null })
      expect(codes.every((code) => code === 'applied' || code === 'stale')).toBe(true)
      expect(items).toHaveLength(1 + codes.filter((code) => code === 'applied').length)
      expect(items.map(({ seq, previous }) => [seq, previous])).toEqual(items.map(({ seq }, index) => [seq, items[index + 1]?.version ?? null]))
    }
  })

  it('the clock turns epochs beside actions, and neither gets lost', async () => {
    const [control, other] = nodes
    const { fence } = await leading(control)
    for (let round = 0; round < 20; round++) {
      const { key, id } = await started(control)
      await control.pool.begin(async (tx) => {
        await tx`update experiments set started_at = started_at - interval '90 minutes' where id = ${id}`
        await tx`update epochs set started_at = started_at - interval '90 minutes' where experiment = ${id}`
        await tx`insert into rollups (scope, epoch, variant, metric, shard, n, sx, sy, sxx, sxy, syy)
          select scope, epoch, 0, 0, 0, 1, 0, 0, 0, 0, 0 from experiments where id = ${id}`
      })
      const killed = other.experiments.act(key, { action: 'kill', variant: 'b', reason: 'race' }, 'racer')
      const [, { state }] = await Promise.all([turnEpochs(control.pool, fence), killed])
      expect(state).toBe('running')
      const epochs = await epochsOf(control, id)
      expect(contiguous(epochs)).toBe(true)
      expect(epochs.at(-1)).toMatchObject({ weights: [0.5, 0, 0.5], endedAt: null })
      expect((await control.experiments.get(key)).epoch).toBe(epochs.length)
      expect(await idOf(control, key)).toBe(id)
    }
  })
})
