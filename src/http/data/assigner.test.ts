import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import type { Snapshot, SnapshotExperiment } from '../../assign/snapshot.ts'
import type { Exposure } from '../../deps.ts'
import { createLive } from '../../live/live.ts'
import { createAssignmentIds } from '../../token/ids.ts'
import { createTokens } from '../../token/token.ts'
import { createUnitHasher, utcDay, watchUnit } from '../../token/unit.ts'
import { createAssigner } from './assigner.ts'
import { readAssign } from './read-assign.ts'

const tokens = createTokens([Buffer.alloc(32, 1)])
const hashUnit = createUnitHasher(Buffer.alloc(32, 2))
const now = Date.UTC(2026, 0, 31, 12)

const experimentOf = (more: Partial<SnapshotExperiment> = {}): SnapshotExperiment => ({
  id: 7, key: 'ab', model: 'm', unitType: 'user', stickiness: 'hash', salt: 's', scope: 11, epoch: 3, coverage: 1, layer: null,
  audience: null, overrides: {},
  variants: [
    { key: 'a', version: '1', payload: { url: 'one' }, weight: 0.5, control: true, status: 'live', watch: 21 },
    { key: 'b', version: '2', payload: null, weight: 0.5, control: false, status: 'live', watch: 22 },
  ],
  ...more,
})

const setUp = (experiments: SnapshotExperiment[], options: { first?: number | null; champion?: boolean; ageMs?: number } = {}) => {
  const snapshot: Snapshot = {
    format: 1, version: 1,
    models: [{
      id: 5, key: 'm', enabled: true, unitType: 'user', fallbacks: [{ version: '0', payload: 'old' }],
      champion: options.champion === false ? null : { version: '1', payload: { url: 'one' }, watch: 21 },
    }],
    experiments,
    dormant: [{ key: 'drafted', model: 'm', state: 'draft' }, { key: 'over', model: 'm', state: 'ended' }],
  }
  let clock = 0
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const source = { version: async () => 1, load: async () => ({ snapshot, measures: [] }) }
  const live = createLive({ source, compileRule: () => () => true, log, now: () => clock })
  const exposed: Exposure[] = []
  const asked: number[] = []
  const assigner = createAssigner({
    live, tokens, hashUnit, assignmentId: createAssignmentIds(), now: () => now,
    counters: { served: () => {}, called: () => {}, firstTouch: async (_experiment, _unit, variant) => (asked.push(variant), options.first === undefined ? variant : options.first) },
    ingest: { expose: (exposure) => exposed.push(exposure), outcome: async () => 'accepted', outcomes: async () => [] },
  })
  const ask = async (body: object) => {
    await live.refresh()
    clock = options.ageMs ?? 0
    return JSON.parse(await assigner.assign(readAssign(body))) as Record<string, unknown> & { token: string }
  }
  return { ask, exposed, asked }
}

/** A unit that the experiment draws into this variant. */
const unitIn = async (variant: string): Promise<string> => {
  const { ask } = setUp([experimentOf()])
  for (let index = 0; ; index++) {
    if ((await ask({ experiment: 'ab', unit: `u${index}` }))['variant'] === variant) return `u${index}`
  }
}

describe('an assignment', () => {
  it('says everything once, in the split', async () => {
    const { ask, exposed } = setUp([experimentOf()])
    const unit = await unitIn('b')
    const { token, ...answer } = await ask({ experiment: 'ab', unit })
    expect(answer).toEqual({
      experiment: 'ab', variant: 'b', version: '2', payload: null, reason: 'split', epoch: 3, propensity: 0.5, shadow: [],
      fallbacks: [{ version: '0', payload: 'old' }], degraded: [],
    })
    const hash = hashUnit('user', unit)
    expect(tokens.verify(token)).toMatchObject({
      watch: false, experiment: 7, scope: 11, epoch: 3, variant: 1, unit: hash, propensity: 0.5, time: now,
    })
    expect(exposed).toEqual([{ scope: 11, unit: hash, epoch: 3, variant: 1, propensity: 0.5, time: now }])
  })

  it('is exposed once while it is remembered, and has a token of its own each time', async () => {
    const { ask, exposed } = setUp([experimentOf()])
    const [one, two] = [await ask({ experiment: 'ab', unit: 'u' }), await ask({ experiment: 'ab', unit: 'u' })]
    expect(exposed).toHaveLength(1)
    expect(one.token).not.toBe(two.token)
  })

  it('is the champion with a watch token outside the enrolment, and no exposure', async () => {
    const { ask, exposed } = setUp([experimentOf({ coverage: 0 })])
    const { token, ...answer } = await ask({ experiment: 'ab', unit: 'u' })
    expect(answer).toMatchObject({ experiment: 'ab', variant: null, version: '1', reason: 'not_enrolled', epoch: null, propensity: null })
    const day = utcDay(now)
    expect(tokens.verify(token)).toMatchObject({
      watch: true, experiment: 5, scope: 21, epoch: day, variant: 0, propensity: null, unit: hashUnit('user', watchUnit('u', day)),
    })
    expect(exposed).toEqual([])
  })

  it('names the variant of an override, on the watch of its version', async () => {
    const { ask, exposed } = setUp([experimentOf({ overrides: { [hashUnit('user', 'tester')]: 1 } })])
    const { token, ...answer } = await ask({ experiment: 'ab', unit: 'tester' })
    expect(answer).toMatchObject({ variant: 'b', version: '2', reason: 'override', epoch: null, propensity: null })
    expect(tokens.verify(token)).toMatchObject({ watch: true, scope: 22, variant: 0 })
    expect(exposed).toEqual([])
  })

  it('by model is the running experiment, else the champion', async () => {
    expect(await setUp([experimentOf()]).ask({ model: 'm', unit: 'u' })).toMatchObject({ experiment: 'ab', reason: 'split' })
    expect(await setUp([]).ask({ model: 'm', unit: 'u' })).toMatchObject({ experiment: null, reason: 'champion', version: '1' })
  })

  it('of an ended experiment is the champion; drafts and strangers are refused', async () => {
    const { ask } = setUp([])
    expect(await ask({ experiment: 'over', unit: 'u' })).toMatchObject({ experiment: 'over', reason: 'champion', variant: null })
    await expect(ask({ experiment: 'drafted', unit: 'u' })).rejects.toMatchObject({ code: 'not_running' })
    await expect(ask({ experiment: 'nothing', unit: 'u' })).rejects.toMatchObject({ code: 'experiment_not_found' })
    await expect(ask({ model: 'nothing', unit: 'u' })).rejects.toMatchObject({ code: 'model_not_found' })
    await expect(setUp([], { champion: false }).ask({ model: 'm', unit: 'u' })).rejects.toMatchObject({ code: 'not_running' })
  })

  it('without stickiness draws each time, as a unit of its own', async () => {
    const { ask, exposed } = setUp([experimentOf({ stickiness: 'none' })])
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask({ experiment: 'ab', unit: 'u' })))
    expect(new Set(answers.map((answer) => answer['variant']))).toEqual(new Set(['a', 'b']))
    expect(new Set(exposed.map((exposure) => exposure.unit)).size).toBe(40)
    const said = tokens.verify(answers[0]!.token)!
    expect(said.unit).toBe(hashUnit('user', `u:${said.id}`))
  })
})

describe('first touch', () => {
  const sticky = experimentOf({ stickiness: 'first-touch' })

  it('proposes the draw, and a new unit keeps it', async () => {
    const { ask, asked } = setUp([sticky])
    const unit = await unitIn('b')
    expect(await ask({ experiment: 'ab', unit })).toMatchObject({ variant: 'b', reason: 'split', degraded: [] })
    expect(asked).toEqual([1])
  })

  it('answers what the unit first got', async () => {
    const { ask } = setUp([sticky], { first: 0 })
    expect(await ask({ experiment: 'ab', unit: await unitIn('b') })).toMatchObject({ variant: 'a', reason: 'sticky', epoch: 3 })
  })

  it('moves on from a killed variant, outside the analysis', async () => {
    const [a, b] = sticky.variants
    const { ask, exposed } = setUp([{ ...sticky, variants: [a!, { ...b!, status: 'killed', weight: 0 }] }], { first: 1 })
    expect(await ask({ experiment: 'ab', unit: 'u' })).toMatchObject({ variant: 'a', reason: 'killed_reassigned', epoch: null })
    expect(exposed).toEqual([])
  })

  it('falls back to the token, then to the draw, and says so', async () => {
    const unit = await unitIn('b')
    const remembered = await setUp([sticky], { first: 0 }).ask({ experiment: 'ab', unit })
    const { ask } = setUp([sticky], { first: null })
    expect(await ask({ experiment: 'ab', unit, token: remembered.token })).toMatchObject({ variant: 'a', reason: 'sticky', degraded: ['counters'] })
    expect(await ask({ experiment: 'ab', unit })).toMatchObject({ variant: 'b', reason: 'split', degraded: ['counters'] })
    const foreign = await setUp([experimentOf({ id: 8, stickiness: 'first-touch' })], { first: 0 }).ask({ experiment: 'ab', unit })
    expect(await ask({ experiment: 'ab', unit, token: foreign.token })).toMatchObject({ variant: 'b', degraded: ['counters'] })
  })
})

it('an old snapshot is served, and said to be old', async () => {
  expect(await setUp([experimentOf()], { ageMs: 61_000 }).ask({ experiment: 'ab', unit: 'u' })).toMatchObject({ degraded: ['database'] })
})
