import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectProblem } from '../http/support.ts'
import { names, type Served, type Staged, startStaged } from '../support/staged.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

const standing = (key: string) => app.must('GET', `/api/experiments/${key}`)

it('the whole way: a shadow, steps, a bandit, then a switch and its bake, each in a scope of its own', async () => {
  const stages = [
    { allocation: 'shadow' },
    { allocation: 'steps', steps: [{ coverage: 0.5, minUnits: 50 }, { coverage: 1, minUnits: 50 }] },
    { allocation: 'bandit', floor: 0.1, interval: 'PT1M', minOutcomes: 50 },
    { allocation: 'switch', bake: { units: 500, keep: 0.1 } },
  ]
  await app.begin('pipeline', stages, {
    metrics: [{ metric: 'win', role: 'decision' }, { metric: 'failed', role: 'guardrail', margin: 0.1 }],
    policy: { minDuration: 'PT10M', minUnits: 200, maxDuration: 'P2D' },
  })
  const better = ({ variant }: Served, index: number): object => ({ win: index % 10 < (variant === 'new' ? 8 : 3), failed: index % 20 === 0 })
  const seen: string[] = []
  const before = new Map<string, string | null>()
  for (let round = 0, from = 0; round < 30; round++, from += 600) {
    const { state, stage, step } = (await standing('pipeline')) as { state: string; stage: number; step: number }
    const now = state === 'running' ? `${stage}.${step}` : state
    if (seen.at(-1) !== now) seen.push(now)
    if (now === 'promoted') break
    const served = await app.serve('pipeline', names(600, from), better)
    if (now === '1.0') for (const { unit, variant } of served) if (variant) before.set(unit, variant)
    if (now === '2.0' && before.size > 0) {
      // at equal weights the bandit begins where the steps ended
      const again = await app.serve('pipeline', [...before.keys()].slice(0, 200).map((unit) => ({ unit })), better)
      for (const { unit, variant } of again) expect(variant).toBe(before.get(unit))
      before.clear()
    }
    await app.pass(11)
    await app.look()
  }
  expect(seen).toEqual(['0.0', '1.0', '1.1', '2.0', 'baking', 'promoted'])
  const epochs = (await app.must('GET', '/api/experiments/pipeline/epochs?limit=100'))['items'] as { scope: number }[]
  expect(new Set(epochs.map(({ scope }) => scope)).size).toBe(4)
  expect((await app.must('GET', '/api/models/pipeline'))['champion']).toBe('2')
})

const variants = [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }]
const drafted = async (key: string, more: object) => {
  if ((await app.call('GET', `/api/models/${key}`)).status === 404) {
    await app.must('POST', '/api/models', { key })
    for (const version of ['1', '2', '3']) await app.must('POST', `/api/models/${key}/versions`, { version })
  }
  return app.call('POST', '/api/experiments', { key, model: key, salt: 'salt', variants, metrics: [{ metric: 'failed', role: 'guardrail', margin: 0.05 }], ...more })
}

describe('presets, each of which stands for a way to bring a version to users', () => {
  it.each([
    ['ab', [{ allocation: 'fixed', coverage: 1 }]],
    ['canary', [{ allocation: 'steps', steps: [0.02, 0.1, 0.2, 0.5, 1].map((coverage) => expect.objectContaining({ coverage, minUnits: 200, audience: null, gate: null })) }]],
    ['blue-green', [{ allocation: 'switch', gate: 'manual', bake: { units: 20_000, keep: 0.05 } }]],
    ['shadow', [{ allocation: 'shadow', sampleRate: 1 }]],
    ['bandit', [{ allocation: 'bandit', algorithm: 'thompson' }]],
    ['pipeline', ['shadow', 'steps', 'bandit', 'switch'].map((allocation) => expect.objectContaining({ allocation }))],
  ])('%s is shown as the stages that it stands for before it starts', async (preset, stages) => {
    const created = await drafted(`preset-${preset}`, { preset, metrics: [{ metric: 'win', role: 'decision' }], unguarded: true })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({ stages, state: 'draft' })
    expect(created.body).not.toHaveProperty('preset')
    // what was answered can be sent back as it is
    const { key, model, metrics, stages: told, variants: given, unguarded, salt } = await standing(`preset-${preset}`)
    const sent = (given as typeof variants).map(({ key: name, version, control }) => ({ key: name, version, ...(control && { control }) }))
    expect((await app.must('PUT', `/api/experiments/preset-${preset}`, { key, model, metrics, stages: told, variants: sent, unguarded, salt }))['stages']).toEqual(told)
  })

  it('are instead of stages, and one of both is needed', async () => {
    const both = await drafted('preset-both', { preset: 'ab', stages: [{ allocation: 'fixed' }] })
    expectProblem(both, 'invalid_definition')
    expect(both.body['errors']).toMatchObject([{ path: 'preset' }])
    const none = await drafted('preset-none', {})
    expectProblem(none, 'invalid_body')
    expect(none.body['errors']).toEqual([{ path: 'stages', message: 'is required, or a `preset` that stands for some' }])
    expect((await drafted('preset-odd', { preset: 'rainbow' })).body['errors']).toMatchObject([{ path: 'preset' }])
    expect((await drafted('preset-typo', { presets: 'ab' })).body['errors']).toContainEqual({ path: 'presets', message: 'unknown field; did you mean "preset"?' })
  })
})
