import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { chiSquareSurvival, seededRandom } from '../../stats/index.ts'
import { assign } from '../../src/assign/assign.ts'
import { type CompiledExperiment, compileSnapshot } from '../../src/assign/compile.ts'
import type { Attributes, Decision } from '../../src/assign/snapshot.ts'
import { createSnapshotSource } from '../../src/store/read/snapshot.ts'
import { compileRule } from '../../src/targeting/compile.ts'
import { createTokens } from '../../src/token/token.ts'
import { until } from '../support/service.ts'
import { define, startApp, type TestApp } from './support.ts'

const secret = 'a secret of more than thirty-two bytes'.replaceAll(' ', '-')
const tokens = createTokens([Buffer.from(secret)])

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ENGINE: 'on', ENGINE_INTERVAL_MS: '100', TOKEN_SECRET: secret })
  await define(app)
})
afterAll(() => app.close())

const context = { numeric: [{ attribute: 'age', center: 40, scale: 10 }], categorical: [{ attribute: 'plan', values: ['pro'] }] }
/** Units that differ in what decides their chances. */
const kinds: Attributes[] = [{ plan: 'pro', age: 30 }, { plan: 'free', age: 50 }, { age: 40 }, { plan: 'pro', age: 75 }, {}]
const kindOf = (index: number): Attributes => kinds[index % kinds.length]!
const million = 1_000_000

type Answer = { variant: string; token: string; epoch: number; propensity: number }
const ask = async (experiment: string, prefix: string, count: number): Promise<Answer[]> => {
  const requests = Array.from({ length: count }, (_, index) => ({ experiment, unit: `${prefix}-${index}`, attributes: kindOf(index) }))
  const answers: Answer[] = []
  for (let from = 0; from < count; from += 1_000) {
    answers.push(...((await app.must('POST', '/assign/batch', { requests: requests.slice(from, from + 1_000) })) as { results: Answer[] }).results)
  }
  return answers
}

/** Whatever was told, by kind of unit and by what was drawn: told chances of one kind sum to 1 and are the shares that are served. */
const tally = () => {
  const seen = kinds.map(() => new Map<string | number, { count: number; told: Set<number> }>())
  return {
    add(index: number, variant: string | number, propensity: number): void {
      const own = seen[index % kinds.length]!
      const arm = own.get(variant) ?? { count: 0, told: new Set() }
      own.set(variant, arm)
      arm.count += 1
      arm.told.add(propensity)
    },
    check(): void {
      const pValues = seen.map((own) => {
        const arms = [...own.values()].map(({ count, told }) => {
          expect(told.size).toBe(1)
          return { count, told: [...told][0]! }
        })
        expect(arms).toHaveLength(3)
        expect(arms.reduce((sum, { told }) => sum + told, 0)).toBeCloseTo(1, 9)
        const units = arms.reduce((sum, { count }) => sum + count, 0)
        return chiSquareSurvival(arms.reduce((sum, { count, told }) => sum + (count - units * told) ** 2 / (units * told), 0), arms.length - 1)
      })
      expect(Math.min(...pValues)).toBeGreaterThan(0.001 / kinds.length)
    },
  }
}

const served = async (key: string): Promise<CompiledExperiment> => {
  const { snapshot } = await createSnapshotSource(app.service.database.api).load()
  return compileSnapshot(snapshot, compileRule).experiments.get(key)!
}

const drawn = (experiment: CompiledExperiment, index: number): Decision & { propensity: number } => {
  const unit = `of-a-million-${index}`
  const decision = assign(experiment, { unit, draw: unit, attributes: kindOf(index), sticky: null })
  if (decision.propensity === null) throw new Error(`a new unit is drawn, not ${decision.reason}`)
  return { ...decision, propensity: decision.propensity }
}

it.each([
  ['thompson', {}], ['top-two', {}], ['contextual', { context }],
])('what a bandit by %s tells as propensity is how often it serves: a million units of its snapshot, and real tokens', async (algorithm, more) => {
  await app.must('POST', '/api/models', { key: algorithm })
  for (const version of ['1', '2']) await app.must('POST', `/api/models/${algorithm}/versions`, { version })
  await app.must('POST', '/api/experiments', {
    key: algorithm, model: algorithm, unguarded: true, salt: 'fixed',
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '2' }],
    metrics: [{ metric: 'win', role: 'decision' }],
    stages: [{ allocation: 'bandit', algorithm, ...more, interval: 'PT1S', maxStep: 1 }],
    policy: { maxDuration: 'PT8M', minDuration: 'PT8M' },
  })
  await app.must('POST', `/api/experiments/${algorithm}/actions`, { action: 'start', reason: 'test' })

  const random = seededRandom(11)
  const chance: Record<string, number> = { a: 0.3, b: 0.33, c: 0.36 }
  const first = await ask(algorithm, 'first', 2_000)
  const outcomes = first.map(({ token, variant }, index) => ({ token, id: `first-${index}`, measures: { win: Number(random.uniform() < chance[variant]!) } }))
  for (let from = 0; from < outcomes.length; from += 500) await app.must('POST', '/outcome/batch', { outcomes: outcomes.slice(from, from + 500) })
  const equal = (experiment: CompiledExperiment): boolean => new Set(Array.from({ length: 30 }, (_, index) => drawn(experiment, index).propensity)).size === 1
  await until(async () => !equal(await served(algorithm)))
  // nothing moves the chances any more
  await app.must('POST', `/api/experiments/${algorithm}/actions`, { action: 'pause', reason: 'test' })

  const experiment = await served(algorithm)
  const all = tally()
  for (let index = 0; index < million; index++) {
    // the service in this process has more to do
    if (index % 10_000 === 0) await setImmediate()
    const { variant, propensity } = drawn(experiment, index)
    all.add(index, variant, propensity)
  }
  all.check()

  await until(async () => (await ask(algorithm, 'probe', 1))[0]?.epoch === experiment.epoch)
  const sample = tally()
  for (const [index, { token, variant, propensity }] of (await ask(algorithm, 'sampled', 20_000)).entries()) {
    const told = tokens.verify(token)
    expect(told).toMatchObject({ epoch: experiment.epoch, propensity })
    sample.add(index, variant, told!.propensity!)
  }
  sample.check()
})
