import { afterAll, beforeAll, expect, it } from 'vitest'
import { names, type Staged, startStaged } from '../support/staged.ts'
import { expectProblem } from './support.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
  await app.must('POST', '/api/metrics', { key: 'graded', kind: 'mean', measure: 'grade', direction: 'increase' })
  await app.must('POST', '/api/metrics', { key: 'slow', kind: 'conversion', measure: 'ms', direction: 'decrease', threshold: { above: 800 } })
  await app.begin('dark', [{ allocation: 'shadow' }, { allocation: 'fixed' }], {
    metrics: [{ metric: 'win', role: 'decision' }, { metric: 'graded', role: 'diagnostic' }, { metric: 'failed', role: 'guardrail', margin: 0.05 }],
  })
  await app.begin('lit', [{ allocation: 'fixed' }], {
    metrics: [{ metric: 'graded', role: 'decision' }, { metric: 'slow', role: 'diagnostic' }, { metric: 'failed', role: 'guardrail', margin: 0.05 }],
  })
})
afterAll(() => app.close())

type Answer = { token: string; variant: string; version: string; shadow: { token: string }[] }
type Case = {
  id: string; kind: string; variant: string; version: string; why: string; value: number; threshold: number
  measures: object; metrics: object[]; control: { variant: string; version: string; measures: object } | null
}
type Cases = { items: Case[]; next: string | null }

const assign = async (experiment: string, units: object[]): Promise<Answer[]> =>
  (await app.must('POST', '/assign/batch', { requests: units.map((one) => ({ experiment, ...one })) }))['results'] as Answer[]
const send = async (outcomes: object[]): Promise<void> => {
  expect((await app.must('POST', '/outcome/batch', { outcomes }))['rejected']).toEqual([])
}
const casesOf = async (key: string, query: string): Promise<Cases> => (await app.must('GET', `/api/experiments/${key}/cases?${query}`)) as Cases

it('lists the outcomes nearest to what is in doubt by the caller’s own ids, page by page, whatever comes meanwhile', async () => {
  const answers = await assign('lit', names(120))
  await send(answers.map(({ token }, index) => ({ token, id: `case "${index}"\\`, measures: { grade: index / 120, ms: 100 * (index % 17) } })))
  await send([{ token: answers[61]?.token, id: 'case "61"\\', revision: 2, measures: { grade: 0.99 } }])

  const first = await casesOf('lit', 'kind=uncertain&limit=4')
  expect(first.items.map(({ id }) => id).sort()).toEqual([58, 59, 60, 62].map((index) => `case "${index}"\\`))
  expect(first.items[0]).toMatchObject({ kind: 'uncertain', variant: answers[60]?.variant, version: answers[60]?.version, threshold: 0.5, control: null, why: 'grade is 0.5, 0 from 0.5' })

  const [late] = await assign('lit', names(1, 900))
  await send([{ token: late?.token, id: 'later', measures: { grade: 0.5 } }])
  const rest = await casesOf('lit', `kind=uncertain&limit=4&cursor=${first.next}`)
  expect(rest.items.map(({ value }) => Math.round(value * 120)).sort()).toEqual([56, 57, 63, 64])
  expect((await casesOf('lit', 'kind=uncertain&limit=2')).items.map(({ id }) => id)).toContain('later')

  const slow = await casesOf('lit', 'kind=uncertain&measure=ms&limit=500')
  expect(slow.items[0]).toMatchObject({ value: 800, threshold: 800 })
  expect(slow).toMatchObject({ next: null })
  expect(slow.items).toHaveLength(119)
})

it('lists requests to which shadow and control answered differently, both sides of them', async () => {
  const answers = await assign('dark', names(60))
  const beside = answers.flatMap(({ shadow }) => shadow)
  await send(answers.map(({ token }, index) => ({ token, id: `r-${index}`, measures: { win: index % 2 === 0, grade: 0.5, failed: false } })))
  await send(beside.map(({ token }, index) => ({ token, id: `r-${index}`, measures: { win: index % 2 === 0 || index === 7, grade: 0.9, failed: false } })))
  const { items, next } = await casesOf('dark', 'kind=disagreeing')
  expect(next).toBeNull()
  expect(items).toEqual([expect.objectContaining({
    id: 'r-7', kind: 'disagreeing', variant: 'new', version: '2', measures: { win: 1, grade: 0.9, failed: 0 },
    metrics: [{ metric: 'win', control: 0, shadow: 1 }], why: 'win is 0 of the control, 1 of the shadow',
    control: expect.objectContaining({ variant: 'old', version: '1', measures: { win: 0, grade: 0.5, failed: 0 } }),
  })])
})

it('tells nobody’s unit, in whatever form it is asked for', async () => {
  const units = await app.service.database.api.run((sql) => sql<{ unit: string }[]>`select unit::text as unit from units`)
  const bare = (text: string): string => text.replaceAll('-', '')
  for (const [query, accept, type] of [
    ['kind=uncertain&limit=50', 'application/json', 'application/json'],
    ['kind=uncertain&limit=50&format=csv', 'application/json', 'text/csv; charset=utf-8'],
    ['kind=uncertain&limit=50', 'application/x-ndjson', 'application/x-ndjson; charset=utf-8'],
  ] as const) {
    const answer = await fetch(`${app.url}/api/experiments/lit/cases?${query}`, { headers: { accept } })
    expect(answer.headers.get('content-type')).toBe(type)
    const text = await answer.text()
    expect(text).toMatch(/case \\?"+60/)
    expect(units.filter(({ unit }) => bare(text).includes(bare(unit)))).toEqual([])
    expect(text).not.toContain('unit-')
    if (type === 'application/json') continue
    expect(text.trim().split('\n')).toHaveLength(type.startsWith('text/csv') ? 51 : 50)
    const [, next] = /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '') ?? []
    expect((await fetch(`${app.url}${next}`, { headers: { accept } })).status).toBe(200)
  }
})

it('says what it cannot tell', async () => {
  expectProblem(await app.call('GET', '/api/experiments/lit/cases?kind=disagreeing'), 'conflict')
  expectProblem(await app.call('GET', '/api/experiments/lit/cases?kind=uncertain&measure=nothing'), 'invalid_query')
  expectProblem(await app.call('GET', '/api/experiments/lit/cases'), 'invalid_query')
  expectProblem(await app.call('GET', `/api/experiments/lit/cases?kind=uncertain&cursor=${Buffer.from('odd').toString('base64url')}`), 'invalid_query')
  expectProblem(await app.call('GET', '/api/experiments/nobody/cases?kind=uncertain'), 'experiment_not_found')
})
