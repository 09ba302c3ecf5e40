import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectReplays } from '../support/replays.ts'
import { type Staged, startStaged } from '../support/staged.ts'
import { expectProblem } from './support.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

const metrics = (worstSegment: string) => [{ metric: 'failed', role: 'guardrail', margin: 0.05, worstSegment }]

it('is refused where nothing could be judged by it', async () => {
  await app.begin('plain', [{ allocation: 'fixed' }])
  const draft = (key: string, more: object) => app.call('POST', '/api/experiments', {
    key, model: 'plain', variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }], stages: [{ allocation: 'fixed' }], ...more,
  })
  for (const [more, message] of [
    [{ metrics: metrics('langauge'), segments: ['language'] }, 'is none of `segments`; did you mean "language"?'],
    [{ metrics: metrics('language') }, 'is none of `segments`'],
    [{ metrics: [{ metric: 'failed', role: 'diagnostic', worstSegment: 'language' }], segments: ['language'], unguarded: true }, 'is for guardrails'],
  ] as const) {
    const answer = await draft('refused', more)
    expectProblem(answer, 'invalid_definition')
    expect(answer.body['errors']).toContainEqual({ path: 'metrics[0].worstSegment', message: expect.stringContaining(message) })
  }
})

it('a version that has forgotten one language is rolled back for it, though the average is fine', async () => {
  const units = Array.from({ length: 3_000 }, (_, index) => ({ unit: `unit-${index}`, attributes: { language: index % 4 === 0 ? 'tr' : 'en' } }))
  await app.begin('forgetful', [{ allocation: 'fixed' }], { segments: ['language'], metrics: metrics('language') })
  await app.serve('forgetful', units, ({ variant, unit }, index) => {
    const turkish = Number(unit.slice(5)) % 4 === 0
    return { failed: variant === 'new' && turkish ? index % 2 === 0 : index % 20 === 0 }
  })
  const { guardrails } = await app.must('GET', '/api/experiments/forgetful/report')
  expect(guardrails).toMatchObject([{ metric: 'failed', verdict: 'FAIL', worst: { segment: 'language', value: 'tr', verdict: 'FAIL' } }])
  await app.look()
  expect(await app.must('GET', '/api/experiments/forgetful')).toMatchObject({ state: 'rolled_back' })
  const { items } = await app.must('GET', '/api/experiments/forgetful/decisions')
  expect(items).toMatchObject([{
    action: 'rollback', rule: 'guardrail-harm', reason: expect.stringContaining('Where language is tr, new is worse than old on failed'),
    evidence: { worstSegment: { value: 'tr', verdict: 'FAIL' } },
  }, { action: 'start' }])
  expect(await expectReplays(app.service.database.engine)).toBeGreaterThan(1)
})
