import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { assign as assignLocally, shadowsOf } from '../../src/assign/assign.ts'
import { compileSnapshot } from '../../src/assign/compile.ts'
import type { Snapshot } from '../../src/assign/snapshot.ts'
import { readExperiment } from '../../src/store/read/moments.ts'
import type { KeptPairs } from '../../src/store/read/pairs.ts'
import { verify } from '../../src/store/verify.ts'
import { expectReplays } from '../support/replays.ts'
import { names, type Staged, startStaged } from '../support/staged.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

type Answer = { variant: string; version: string; token: string; shadow: { variant: string; version: string; payload: unknown; token: string }[] }
type Comparison = { metric: string; verdict: string; difference: { estimate: number; lower: number; upper: number }; paired: { pairs: number; correlation: number; disagreement: number; missing: number } }
type Report = { units: number; summary: { next: string }; comparisons: Comparison[]; variants: { key: string; units: number; outcomes: number }[] }

const assign = async (experiment: string, units: { unit: string }[]): Promise<Answer[]> =>
  (await app.must('POST', '/assign/batch', { requests: units.map((one) => ({ experiment, ...one })) }))['results'] as Answer[]
const send = async (outcomes: object[]): Promise<Record<string, unknown>> => {
  const answer = await app.call('POST', '/outcome/batch', { outcomes })
  return answer.status === 503 ? send(outcomes) : answer.body
}
const reportOf = async (key: string): Promise<Report> => (await app.must('GET', `/api/experiments/${key}/report`)) as Report
const standing = (key: string) => app.must('GET', `/api/experiments/${key}`)

it('the control answers everybody, shadows are listed for a hashed part of the units, and their outcomes count apart, once', async () => {
  await app.begin('dark', [{ allocation: 'shadow', sampleRate: 0.5 }, { allocation: 'fixed' }])
  const answers = await assign('dark', names(400))
  expect(new Set(answers.map(({ variant, version }) => `${variant} ${version}`))).toEqual(new Set(['old 1']))
  const shadowed = answers.filter(({ shadow }) => shadow.length > 0)
  expect(shadowed.length / 400).toBeCloseTo(0.5, 1)
  expect(shadowed[0]?.shadow).toEqual([{ variant: 'new', version: '2', payload: { version: '2' }, token: expect.any(String) }])
  expect((await assign('dark', names(400))).map(({ shadow }) => shadow.length)).toEqual(answers.map(({ shadow }) => shadow.length))

  // both answers of a request bear its id
  const own = answers.map(({ token }, index) => ({ token, id: `r-${index}`, measures: { failed: index % 10 === 0, win: true } }))
  const beside = answers.flatMap(({ shadow }, index) => shadow.map(({ token }) => ({ token, id: `r-${index}`, measures: { failed: index % 10 < 2, win: true } })))
  expect(await send(own)).toMatchObject({ accepted: 400, rejected: [] })
  expect(await send(beside)).toMatchObject({ accepted: shadowed.length, duplicates: 0, rejected: [] })
  expect(await send(beside)).toMatchObject({ duplicates: shadowed.length, rejected: [] })

  const report = await reportOf('dark')
  expect(report.units).toBe(400)
  expect(report.variants.map(({ key, units, outcomes }) => [key, units, outcomes])).toEqual([['old', 400, 400], ['new', 0, 0]])
  const failed = report.comparisons.find(({ metric }) => metric === 'failed')
  const tens = answers.flatMap(({ shadow }, index) => shadow.map(() => index % 10))
  const disagree = tens.filter((digit) => digit === 1).length / tens.length
  const [few, more] = [tens.filter((digit) => digit === 0).length / tens.length, tens.filter((digit) => digit < 2).length / tens.length]
  const correlation = (few - few * more) / Math.sqrt(few * (1 - few) * more * (1 - more))
  expect(failed?.paired).toMatchObject({ pairs: shadowed.length, missing: 0, disagreement: expect.closeTo(disagree, 12), correlation: expect.closeTo(correlation, 9) })
  expect(failed?.difference.estimate).toBeCloseTo(disagree, 12)
  expect((await verify(app.service.database.api)).differences).toEqual([])
})

it('clients that evaluate locally call the same shadows, and get the tokens of their outcomes with those of their exposures', async () => {
  await app.begin('local', [{ allocation: 'shadow', sampleRate: 0.5 }, { allocation: 'fixed' }])
  const own = compileSnapshot((await app.must('GET', '/snapshot')) as unknown as Snapshot, () => () => false).experiments.get('local')!
  const local = names(300).map(({ unit }) => {
    const { variant } = assignLocally(own, { unit, draw: unit, attributes: {}, sticky: null, unitHash: () => '' })
    return { unit, variant: own.variants[variant]!.key, beside: shadowsOf(own, unit).map((one) => own.variants[one.variant]!.key) }
  })
  const at = new Date(Date.now()).toISOString()
  const exposures = local.map(({ unit, variant }) => ({ experiment: 'local', unit, variant, epoch: own.epoch, at }))
  const results = (await app.must('POST', '/exposures', { exposures }))['results'] as Answer[]
  expect(results.map(({ shadow }) => shadow.map(({ variant }) => variant))).toEqual(local.map(({ beside }) => beside))
  expect((await assign('local', names(300))).map(({ shadow }) => shadow.length)).toEqual(local.map(({ beside }) => beside.length))
  const shadowed = results.filter(({ shadow }) => shadow.length > 0)
  expect(shadowed[0]?.shadow).toEqual([{ variant: 'new', version: '2', payload: { version: '2' }, token: expect.stringMatching(/^v1\./) as string }])

  await send(results.flatMap(({ token, shadow }, index) => [
    { token, id: `r-${index}`, measures: { failed: false, win: true } }, ...shadow.map((one) => ({ token: one.token, id: `r-${index}`, measures: { failed: true, win: true } })),
  ]))
  const { units, variants, comparisons } = await reportOf('local')
  expect([units, variants.map(({ key, outcomes }) => [key, outcomes])]).toEqual([300, [['old', 300], ['new', 0]]])
  expect(comparisons.find(({ metric }) => metric === 'failed')).toMatchObject({ difference: { estimate: 1 }, paired: { pairs: shadowed.length, missing: 0, disagreement: 1 } })
  expect((await verify(app.service.database.api)).differences).toEqual([])
})

it('pairs of epochs in which nothing changed are not read again, and come to the same as if they were', async () => {
  await app.begin('kept', [{ allocation: 'shadow' }, { allocation: 'fixed' }])
  const pool = app.service.database.engine
  const pairs: KeptPairs = new Map()
  const both = async () => [(await readExperiment(pool, 'kept', new Map(), pairs))?.shadows, (await readExperiment(pool, 'kept'))?.shadows] as const
  const same = async () => {
    const [known, fresh] = await both()
    expect(known).toEqual(fresh)
    return known?.[0]?.epochs ?? []
  }
  const report = (answer: Answer | undefined, side: 'own' | 'beside', failed: boolean, revision: number) =>
    ({ token: side === 'own' ? answer?.token : answer?.shadow[0]?.token, id: `${side}-${answer?.token.slice(-12)}`, revision, measures: { failed, win: true } })
  const rounds: Answer[][] = []
  for (let round = 0; round < 3; round++) {
    const answers = await assign('kept', names(20, round * 20))
    rounds.push(answers)
    await send(answers.flatMap((one, index) => [report(one, 'own', index % 4 === 0, 0), ...(index % 5 === 0 ? [] : [report(one, 'beside', index % 3 === 0, 0)])]))
    // exposures come by themselves, a moment later
    await vi.waitFor(async () => {
      const [, fresh] = await both()
      expect(fresh?.[0]?.epochs[round]).toMatchObject({ pairs: 16, missing: 4 })
    }, { timeout: 30_000 })
    await same()
    await app.pass(61)
    await app.look()
  }
  expect((await same()).map(({ pairs: number, missing }) => [number, missing])).toEqual([[16, 4], [16, 4], [16, 4]])
  // what comes late for one epoch; then a change of two units at once, after which the sums of each side are what they were
  await send([report(rounds[0]?.[5], 'beside', true, 0)])
  expect((await same())[0]).toMatchObject({ pairs: 17, missing: 3 })
  const before = await same()
  await send([report(rounds[1]?.[3], 'beside', false, 1), report(rounds[1]?.[4], 'beside', true, 1)])
  expect(await same()).not.toEqual(before)
  // an epoch that has not changed is not looked at: what no roll-up tells of is not seen
  const turn = (by: number) => pool.run((sql) => sql`
    update units set x[1] = x[1] + ${by} where epoch = 1 and scope = (select h.id from scopes h join experiments e on e.scope = h.shadow_of where e.key = 'kept')`)
  await turn(1)
  const [known, fresh] = await both()
  expect(known).not.toEqual(fresh)
  await turn(-1)
  await same()
})

it('goes on to the next stage once enough pairs show no harm, in a scope of its own', async () => {
  await app.begin('calm', [{ allocation: 'shadow' }, { allocation: 'fixed' }])
  for (let round = 0; round < 2; round++) {
    const answers = await assign('calm', names(200, round * 200))
    await send(answers.flatMap(({ token, shadow }, index) => [token, ...shadow.map((one) => one.token)].map((each) => ({ token: each, measures: { failed: index % 20 === 0, win: true } }))))
    if (round === 0) await app.pass(61)
  }
  await app.look()
  expect(await standing('calm')).toMatchObject({ stage: 1, state: 'running' })
  const served = await assign('calm', names(200))
  expect(new Set(served.map(({ variant }) => variant))).toEqual(new Set(['old', 'new']))
  expect(served.every(({ shadow }) => shadow.length === 0)).toBe(true)
})

it('a candidate that fails in the shadow is rolled back before it serves anybody; a silent one goes nowhere, and harms nobody', async () => {
  await app.begin('poor', [{ allocation: 'shadow' }, { allocation: 'fixed' }])
  const poor = await assign('poor', names(600))
  await send(poor.flatMap(({ token, shadow }, index) => [
    { token, measures: { failed: index % 20 === 0, win: true } },
    ...shadow.map((one) => ({ token: one.token, measures: { failed: index % 3 === 0, win: true } })),
  ]))
  await app.look()
  expect(await standing('poor')).toMatchObject({ state: 'rolled_back', stage: 0 })

  await app.begin('mute', [{ allocation: 'shadow' }, { allocation: 'fixed' }], { metrics: [{ metric: 'failed', role: 'diagnostic' }], unguarded: true })
  const mute = await assign('mute', names(300))
  await send(mute.map(({ token }) => ({ token, measures: { failed: false, win: true } })))
  await app.pass(61)
  await app.look()
  expect(await standing('mute')).toMatchObject({ state: 'running', stage: 0 })
  const [failed] = (await reportOf('mute')).comparisons
  expect(failed?.paired.missing).toBe(300)
  expect((await assign('mute', names(10, 900))).every(({ variant }) => variant === 'old')).toBe(true)
})

it('judges a relative margin and an absolute limit in the shadow as well', async () => {
  const half = { win: true }
  const serve = async (key: string, harmful: (index: number) => boolean) => {
    const answers = await assign(key, names(400))
    await send(answers.flatMap(({ token, shadow }, index) => [
      { token, measures: { ...half, failed: index % 4 === 0 } },
      ...shadow.map((one) => ({ token: one.token, measures: { ...half, failed: harmful(index) } })),
    ]))
    await app.look()
  }
  type Guardrails = { guardrails: { metric: string; verdict: string; harm: { estimate: number; lower: number }; margin: number }[] }
  const guardrails = async (key: string) => ((await app.must('GET', `/api/experiments/${key}/report`)) as Guardrails).guardrails
  const stages = [{ allocation: 'shadow' }, { allocation: 'fixed' }]

  await app.begin('relative', stages, { metrics: [{ metric: 'failed', role: 'guardrail', relativeMargin: 0.2 }] })
  // as often again as the control, on other requests
  await serve('relative', (index) => index % 4 < 2)
  expect(await guardrails('relative')).toMatchObject([{ verdict: 'FAIL', margin: 0.2, harm: { estimate: expect.closeTo(1, 9) } }])
  expect(await standing('relative')).toMatchObject({ state: 'rolled_back', stage: 0 })

  await app.begin('bounded', stages, { metrics: [{ metric: 'failed', role: 'guardrail', limit: 0.35 }] })
  await serve('bounded', (index) => index % 4 < 2)
  expect(await guardrails('bounded')).toMatchObject([{ verdict: 'FAIL', harm: { estimate: expect.closeTo(0.15, 9) } }])
  expect(await standing('bounded')).toMatchObject({ state: 'rolled_back', stage: 0 })

  await app.begin('harmless', stages, { metrics: [{ metric: 'failed', role: 'guardrail', relativeMargin: 0.9, limit: 0.4 }] })
  await serve('harmless', (index) => index % 4 === 0)
  expect((await guardrails('harmless')).every(({ verdict }) => verdict === 'PASS' || verdict === 'INCONCLUSIVE')).toBe(true)
  expect(await guardrails('harmless')).toHaveLength(2)
  expect(await standing('harmless')).toMatchObject({ state: 'running', stage: 0 })
})

it('a shadow alone promotes nobody, and every decision leads to the very same entry when it is taken again', async () => {
  await app.begin('alone', [{ allocation: 'shadow' }])
  const answers = await assign('alone', names(600))
  await send(answers.flatMap(({ token, shadow }, index) => [token, ...shadow.map((one) => one.token)].map((each) => ({ token: each, measures: { failed: index % 50 === 0, win: true } }))))
  await app.pass(61)
  await app.look()
  await app.look()
  expect(await standing('alone')).toMatchObject({ state: 'running' })
  expect(await expectReplays(app.service.database.engine)).toBeGreaterThan(5)
})
