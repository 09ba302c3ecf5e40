import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import adjusted from '../../stats/vectors/cuped_ratio_quantile.json' with { type: 'json' }
import evidence from '../../stats/vectors/two_proportions_evalues.json' with { type: 'json' }
import planned from '../../stats/vectors/group_sequential.json' with { type: 'json' }
import quantiles from '../../stats/vectors/confidence_sequences.json' with { type: 'json' }
import { near } from './near.ts'
import { adminKey, expectProblem, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
})
afterAll(() => app.close())

type Interval = { estimate: number | null; lower: number | null; upper: number | null }
type Answer = {
  variants: (Interval & { key: string; n: number; probabilityBest: number | null; expectedLoss: number | null })[]
  comparisons: {
    metric: string
    variant: string
    difference: Interval
    relative: Interval
    pValue: number | null
    adjustedPValue: number | null
    significant: boolean
    verdict: string
    evidence: { value: number | null; needed: number }
    look?: { boundary: number | null; nextAt: number | null }
    covariate: { theta: number; reduction: number | null } | null
  }[]
  sampleRatio: { pValue: number; verdict: string } | null
  warnings: string[]
}

const analyse = async (request: object): Promise<Answer> => (await app.must('POST', '/api/analysis', request)) as Answer
const pair = (a: object, b: object) => [
  { key: 'a', control: true, ...a },
  { key: 'b', ...b },
]
const first = async (request: object) => {
  const answer = await analyse(request)
  const [comparison] = answer.comparisons
  if (!comparison) throw new Error('nothing was compared')
  return { ...answer, comparison }
}
const reference = <T>(file: unknown, id: string): { inputs: T; expected: never } => {
  const cases = Array.isArray(file) ? file : (file as { cases: unknown[] }).cases
  const found = (cases as { id: string; inputs: T; expected: never }[]).find((one) => one.id === id)
  if (!found) throw new Error(`no reference case ${id}`)
  return found
}

describe('POST /api/analysis', () => {
  it('answers as a report compares, whichever form the numbers come in', async () => {
    const forms = await Promise.all([
      first({ kind: 'conversion', variants: pair({ n: 5_000, successes: 500 }, { n: 5_000, successes: 600 }) }),
      first({
        kind: 'conversion',
        variants: pair({ n: 5_000, sumX: 500, sumXX: 500 }, { n: 5_000, sumX: 600, sumXX: 600 }),
      }),
      first({
        kind: 'mean',
        variants: pair(
          { n: 5_000, mean: 0.1, variance: (500 * 0.9) / 4_999 },
          { n: 5_000, mean: 0.12, variance: (600 * 0.88) / 4_999 },
        ),
      }),
      first({
        kind: 'mean',
        center: 0.5,
        variants: pair({ n: 5_000, sumX: -2_000, sumXX: 1_250 }, { n: 5_000, sumX: -1_900, sumXX: 1_250 }),
      }),
    ])
    for (const { comparison } of forms) {
      expect(comparison.difference.estimate).toBeCloseTo(0.02, 12)
      expect(comparison.pValue).toBeCloseTo(forms[0]?.comparison.pValue ?? 0, 9)
      expect(comparison).toMatchObject({
        significant: true,
        verdict: 'PASS',
        evidence: { needed: 20 },
        adjustedPValue: null,
      })
    }
  })

  it('runs the example of its documentation as it is shown', async () => {
    const { components, paths } = (await app.must('GET', '/openapi.json')) as {
      components: { schemas: Record<string, { examples?: unknown[]; properties?: Record<string, unknown> }> }
      paths: Record<string, { post: { description: string; 'x-scope': string } }>
    }
    const [example] = components.schemas['AnalysisRequest']?.examples ?? []
    expect(paths['/api/analysis']?.post.description).toContain(JSON.stringify(example))
    expect(paths['/api/analysis']?.post['x-scope']).toBe('read')
    const answer = await app.must('POST', '/api/analysis', example)
    expect(Object.keys(answer).toSorted()).toEqual(
      Object.keys(components.schemas['AnalysisAnswer']?.properties ?? {}).toSorted(),
    )
  })

  it('takes exact evidence from epochs, as its reference computes it', async () => {
    const { inputs, expected } = reference<{ ya: number[]; yb: number[]; na: number; nb: number }>(
      evidence,
      'e22-batches',
    )
    const epochs = (of: number[], n: number) => ({ weight: 1, epochs: of.map((successes) => ({ n, successes })) })
    const { comparison, warnings } = await first({
      method: 'exact',
      kind: 'conversion',
      variants: pair(epochs(inputs.ya, inputs.na), epochs(inputs.yb, inputs.nb)),
    })
    expect(comparison.evidence.value).toBeCloseTo((expected as { e: number }).e, 8)
    expect(comparison.pValue).toBeCloseTo(1 / (expected as { e: number }).e, 8)
    expect(comparison.verdict).toBe('INCONCLUSIVE')
    expect(warnings).toHaveLength(1)
    const totals = await first({
      method: 'exact',
      kind: 'conversion',
      variants: pair({ n: 400, successes: 0 }, { n: 400, successes: 30 }),
    })
    expect(totals.comparison).toMatchObject({ verdict: 'PASS', significant: true })
    expect(totals.warnings.join()).toContain('epochs')
  })

  it('spends the level over looks, as its reference computes the boundaries', async () => {
    const { inputs, expected } = reference<{ t: number[] }>(planned, 'LDOF-2s-unequal')
    const boundaries = expected as number[]
    const at = async (look: number) => {
      const units = Math.round((inputs.t[look] ?? 0) * 10_000)
      const arm = { n: units / 2, successes: units / 10 }
      return first({
        method: 'group-sequential',
        alpha: 0.025,
        plannedUnits: 10_000,
        kind: 'conversion',
        variants: pair(arm, arm),
        looks: inputs.t.slice(0, look).map((share) => share * 10_000),
      })
    }
    for (const look of [0, 2, 4])
      expect((await at(look)).comparison.look?.boundary).toBeCloseTo(boundaries[look] ?? 0, 6)
    expect((await at(1)).warnings.join()).toContain('next look')
    expectProblem(
      await app.call('POST', '/api/analysis', {
        method: 'group-sequential',
        plannedUnits: 1_000,
        looks: [500],
        kind: 'conversion',
        variants: pair({ n: 200, successes: 20 }, { n: 200, successes: 20 }),
      }),
      'invalid_definition',
    )
  })

  it('compares quantiles at any look, as its reference does', async () => {
    const { inputs, expected } = reference<{ quantile: number; offset: number; n_per_arm: number; t_opt: number }>(
      quantiles,
      'qab-0.5-85',
    )
    const values = (offset: number) => Array.from({ length: inputs.n_per_arm }, (_, index) => offset + index + 1)
    const request = { kind: 'quantile', quantile: inputs.quantile, sides: 2, plannedUnits: 2 * inputs.t_opt }
    const { comparison } = await first({
      ...request,
      variants: pair({ values: values(0) }, { values: values(inputs.offset) }),
    })
    expect(comparison.pValue).toBeCloseTo(expected as number, 6)
    const counted = (bucket: number) => ({
      buckets: [
        { bucket, count: 400 },
        { bucket: bucket + 40, count: 400 },
      ],
    })
    const sketched = await first({
      ...request,
      sides: 1,
      quantile: 0.4,
      variants: pair(counted(2_000), counted(2_400)),
    })
    expect(sketched.comparison.verdict).toBe('PASS')
  })

  it('adjusts by a covariate, as its reference does', async () => {
    const { inputs, expected } = reference<Record<'control' | 'treatment', Record<string, number>>>(
      adjusted,
      'gb-cuped-seq',
    )
    const arm = ({ n, sy, syy, sx, sxx, sxy }: Record<string, number>) => ({
      n,
      sumX: sy,
      sumXX: syy,
      covariate: { sum: sx, sumSquares: sxx, cross: sxy },
    })
    const { comparison } = await first({
      kind: 'mean',
      sides: 2,
      variants: pair(arm(inputs.control), arm(inputs.treatment)),
    })
    const { expected: lift, cs_lower: lower, cs_upper: upper } = expected as Record<string, number>
    expect(comparison.relative.estimate).toBeCloseTo(lift ?? 0, 5)
    // theirs is tuned by an approximation, which is wider by less than a hundredth
    expect(comparison.relative.lower).toBeCloseTo(lower ?? 0, 1)
    expect(comparison.relative.upper).toBeCloseTo(upper ?? 0, 1)
    expect(comparison.covariate?.theta).not.toBe(0)
  })

  it('judges a fixed horizon by Welch, and refuses before it', async () => {
    const arms = pair({ n: 10, mean: 20, variance: 4 }, { n: 12, mean: 23, variance: 9 })
    const { comparison, warnings } = await first({ method: 'fixed', kind: 'mean', variants: arms })
    // t = 3/√(.4 + .75), 19.19 degrees of freedom; its upper tail by scipy
    expect(comparison.evidence.value).toBeCloseTo(3 / Math.sqrt(1.15), 10)
    expect(comparison.pValue).toBeCloseTo(0.005706, 6)
    expect(warnings.join()).toContain('few data')
    const both = await first({ method: 'fixed', kind: 'mean', sides: 2, variants: arms })
    expect(both.comparison.pValue).toBeCloseTo(2 * (comparison.pValue ?? 0), 12)
    const early = await first({ method: 'fixed', kind: 'mean', plannedUnits: 100, variants: arms })
    expect(early.comparison).toMatchObject({
      verdict: 'INSUFFICIENT',
      significant: false,
      pValue: null,
      look: { nextAt: 100 },
    })
    expect(early.warnings.join()).toContain('fixed horizon: 22 of 100 units')
  })

  it('tells chances to be the best, from exact posteriors', async () => {
    const { variants, comparison, warnings } = await first({
      method: 'bayesian',
      kind: 'conversion',
      variants: pair({ n: 1_000, successes: 100 }, { n: 1_000, successes: 130 }),
    })
    // P(Beta(131, 871) > Beta(101, 901)), by quadrature
    expect(variants[1]?.probabilityBest).toBeCloseTo(0.982165, 6)
    expect((variants[0]?.probabilityBest ?? 0) + (variants[1]?.probabilityBest ?? 0)).toBeCloseTo(1, 9)
    expect(comparison).toMatchObject({ pValue: null, verdict: 'PASS', evidence: { needed: 0.95 } })
    expect(warnings.join()).toContain('not an error rate')
  })

  it('adjusts over several metrics, and shares alpha among variants without', async () => {
    const metric = (name: string, successes: number) => ({
      metric: name,
      kind: 'conversion',
      variants: pair({ n: 5_000, successes: 500 }, { n: 5_000, successes }),
    })
    const metrics = [metric('first', 700), metric('second', 590), metric('third', 510)]
    const by = async (adjust: string) => (await analyse({ adjust, metrics })).comparisons
    const [raw, holm, eBh] = [await by('none'), await by('holm'), await by('e-bh')]
    const p = raw.map(({ pValue }) => pValue ?? 1)
    expect(raw.every(({ adjustedPValue }) => adjustedPValue === null)).toBe(true)
    expect(holm.map(({ variant }) => variant)).toEqual(['b', 'b', 'b'])
    const smallest = Math.min(...holm.map(({ pValue }) => pValue ?? 1))
    expect(holm[0]?.adjustedPValue).toBeCloseTo(3 * smallest, 12)
    expect(holm[0]).toMatchObject({ significant: true, verdict: 'PASS' })
    expect(eBh[0]?.adjustedPValue ?? 0).toBeGreaterThan(holm[0]?.adjustedPValue ?? 1)
    expect(p[0]).toBeLessThan(p[1] ?? 0)
    const three = { key: 'c', n: 5_000, successes: 600 }
    const [alone] = (
      await analyse(
        metric('win', 600).variants.length === 2 ? { kind: 'conversion', variants: metric('win', 600).variants } : {},
      )
    ).comparisons
    const among = (await analyse({ kind: 'conversion', variants: [...metric('win', 600).variants, three] })).comparisons
    expect(among).toHaveLength(2)
    expect(among[0]?.difference.lower ?? 0).toBeLessThan(alone?.difference.lower ?? 0)
  })

  it('tests a margin, and the shares in which units came', async () => {
    const variants = pair({ n: 20_000, successes: 2_000, weight: 1 }, { n: 19_000, successes: 1_890, weight: 1 })
    const safe = await first({ kind: 'conversion', margin: 0.02, variants })
    expect(safe.comparison.verdict).toBe('PASS')
    expect(safe.sampleRatio).toMatchObject({ verdict: 'FAIL' })
    expect((await first({ kind: 'conversion', variants })).comparison.verdict).toBe('INCONCLUSIVE')
  })
})

describe('what goes wrong in numbers', () => {
  const methods = ['sequential', 'exact', 'fixed', 'bayesian', 'group-sequential'] as const
  const cases: [string, object, string][] = [
    [
      'no units at all',
      { kind: 'conversion', variants: pair({ n: 0, successes: 0 }, { n: 0, successes: 0 }) },
      'there are no units',
    ],
    [
      'an empty control',
      { kind: 'conversion', variants: pair({ n: 0, successes: 0 }, { n: 500, successes: 50 }) },
      'a: there are no units',
    ],
    [
      'all successes',
      { kind: 'conversion', variants: pair({ n: 500, successes: 500 }, { n: 500, successes: 500 }) },
      '',
    ],
    [
      'no variance',
      { kind: 'total', variants: pair({ n: 500, sumX: 1_000, sumXX: 2_000 }, { n: 500, sumX: 1_500, sumXX: 4_500 }) },
      'the same value',
    ],
    [
      'values far from 0',
      {
        kind: 'total',
        variants: pair({ n: 500, sumX: 5e10, sumXX: 5e18 }, { n: 500, sumX: 5e10 + 90, sumXX: 5e18 + 1.8e10 }),
      },
      '',
    ],
    [
      'a negative control',
      { kind: 'mean', variants: pair({ n: 500, mean: -10, variance: 4 }, { n: 500, mean: -9, variance: 4 }) },
      'opposite sign',
    ],
    [
      'a control near 0',
      {
        kind: 'mean',
        signed: true,
        variants: pair({ n: 500, mean: 0.001, variance: 4 }, { n: 500, mean: 0.5, variance: 4 }),
      },
      '',
    ],
    [
      'a control of exactly 0',
      {
        kind: 'mean',
        signed: true,
        variants: pair({ n: 500, mean: 0, variance: 4 }, { n: 500, mean: 0.5, variance: 4 }),
      },
      '',
    ],
    [
      'a thousand million units',
      { kind: 'conversion', variants: pair({ n: 1e9, successes: 1e8 }, { n: 1e9, successes: 100_200_000 }) },
      '',
    ],
    [
      'a covariate of one variant alone',
      {
        kind: 'total',
        variants: pair(
          { n: 500, sumX: 1_000, sumXX: 4_000, covariate: { sum: 500, sumSquares: 900, cross: 1_200 } },
          { n: 500, sumX: 1_100, sumXX: 4_300 },
        ),
      },
      'no covariate',
    ],
    [
      'quantiles of nothing',
      { kind: 'quantile', quantile: 0.9, variants: pair({ values: [] }, { values: [1, 2, 3] }) },
      'there are no units',
    ],
    [
      'quantiles of one value',
      { kind: 'quantile', quantile: 0.9, variants: pair({ values: [1] }, { values: [1] }) },
      'there is one unit',
    ],
  ]
  const numbers = (value: unknown): number[] =>
    typeof value === 'number'
      ? [value]
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(numbers)
        : []

  it.each(cases)('%s: said in words, never a number that is none', async (_, request, words) => {
    const { kind } = request as { kind: string }
    for (const method of methods) {
      if (method === 'exact' && kind !== 'conversion') continue
      const answer = await app.call('POST', '/api/analysis', {
        method,
        ...request,
        ...(method === 'group-sequential' && { plannedUnits: 10_000 }),
      })
      expect(answer.status, `${method}: ${answer.text}`).toBe(200)
      expect(answer.text).not.toMatch(/NaN|Infinity|undefined/)
      const { comparisons, warnings } = answer.body as unknown as Answer
      expect(numbers(answer.body).every(Number.isFinite)).toBe(true)
      expect(warnings.join(' ')).toContain(words)
      const [comparison] = comparisons
      // a p-value stands beside a range, or is not there
      const bounded = comparison?.difference.lower !== null || comparison?.difference.upper !== null
      if (!bounded && method !== 'exact') expect(comparison?.pValue).toBeNull()
    }
  })

  it('says what digits are lost, and keeps them where a center is told', async () => {
    const lost = await first({
      kind: 'mean',
      variants: pair(
        { n: 1_000, sumX: 1e11, sumXX: 1e19 + 1_000 },
        { n: 1_000, sumX: 1e11 + 500, sumXX: 1e19 + 1e11 + 1_000 },
      ),
    })
    expect(lost.warnings.join()).toContain('too far from 0 for their spread')
    expect(lost.comparison).toMatchObject({ verdict: 'INSUFFICIENT', pValue: null })
    const kept = await first({
      kind: 'mean',
      center: 1e8,
      signed: true,
      variants: pair({ n: 1_000, sumX: 0, sumXX: 1_000 }, { n: 1_000, sumX: 500, sumXX: 1_250 }),
    })
    expect(kept.comparison).toMatchObject({ verdict: 'PASS' })
    expect(kept.comparison.difference.estimate).toBeCloseTo(0.5, 9)
    const means = await first({
      kind: 'mean',
      variants: pair({ n: 1_000, mean: 1e8, variance: 1 }, { n: 1_000, mean: 1e8 + 0.5, variance: 1 }),
    })
    expect(means.comparison.verdict).toBe('PASS')
  })

  it.each([
    ['one unit', 'variants[0].n', { variants: pair({ n: 1, successes: 1 }, { n: 50, successes: 5 }) }],
    ['fewer than none', 'variants[0].n', { variants: pair({ n: -5, successes: 0 }, { n: 50, successes: 5 }) }],
    [
      'squares that no data has',
      'variants[1].sumXX',
      { kind: 'total', variants: pair({ n: 10, sumX: 10, sumXX: 20 }, { n: 10, sumX: 10, sumXX: 5 }) },
    ],
    [
      'more successes than units',
      'variants[1].successes',
      { variants: pair({ n: 50, successes: 5 }, { n: 50, successes: 51 }) },
    ],
    ['half a success', 'variants[1].sumX', { variants: pair({ n: 50, successes: 5 }, { n: 50, sumX: 0.5 }) }],
    [
      'a negative variance',
      'variants[0].variance',
      { kind: 'mean', variants: pair({ n: 50, mean: 5, variance: -1 }, { n: 50, mean: 5, variance: 1 }) },
    ],
    [
      'a mean without a variance',
      'variants[0].variance',
      { kind: 'mean', variants: pair({ n: 50, mean: 5 }, { n: 50, mean: 5, variance: 1 }) },
    ],
    [
      'a ratio without a denominator',
      'variants[0].sumY',
      { kind: 'ratio', variants: pair({ n: 50, sumX: 5, sumXX: 5 }, { n: 50, sumX: 5, sumXX: 5 }) },
    ],
    ['squares without sums', 'variants[0].successes', { variants: pair({ n: 50 }, { n: 50, successes: 5 }) }],
    [
      'impossible products',
      'variants[0].sumXY',
      {
        kind: 'ratio',
        variants: pair(
          { n: 10, sumX: 10, sumXX: 20, sumY: 10, sumYY: 20, sumXY: 90 },
          { n: 10, sumX: 10, sumXX: 20, sumY: 10, sumYY: 20, sumXY: 15 },
        ),
      },
    ],
    [
      'a covariate that no data has',
      'variants[0].covariate.sumSquares',
      {
        kind: 'total',
        variants: pair(
          { n: 10, sumX: 10, sumXX: 20, covariate: { sum: 10, sumSquares: 1, cross: 10 } },
          { n: 10, sumX: 10, sumXX: 20 },
        ),
      },
    ],
    [
      'exact means',
      'kind',
      {
        method: 'exact',
        kind: 'mean',
        variants: pair({ n: 50, mean: 5, variance: 1 }, { n: 50, mean: 5, variance: 1 }),
      },
    ],
    ['planned looks without a plan', 'plannedUnits', { method: 'group-sequential' }],
    ['looks of another method', 'looks', { looks: [100] }],
    [
      'a key twice',
      'variants[1].key',
      {
        variants: [
          { key: 'a', n: 50, successes: 5 },
          { key: 'a', n: 50, successes: 5 },
        ],
      },
    ],
    ['two controls', 'variants', { variants: pair({ n: 50, successes: 5 }, { n: 50, successes: 5, control: true }) }],
    ['one variant', 'variants', { variants: [{ key: 'a', n: 50, successes: 5 }] }],
    ['a level of 1', 'alpha', { alpha: 1 }],
    [
      'both one metric and several',
      'kind',
      {
        metrics: [
          { metric: 'win', kind: 'conversion', variants: pair({ n: 50, successes: 5 }, { n: 50, successes: 5 }) },
        ],
      },
    ],
    ['posteriors with a correction', 'adjust', { method: 'bayesian', adjust: 'holm' }],
    [
      'more values than a sketch needs',
      'variants',
      {
        kind: 'quantile',
        quantile: 0.5,
        variants: Array.from({ length: 6 }, (_, index) => ({
          key: `v${index}`,
          values: Array.from({ length: 20_000 }, () => 1),
        })),
      },
    ],
    [
      'sums without end',
      'variants[0].sumX',
      { kind: 'total', variants: pair({ n: 10, sumX: 1e300, sumXX: 1 }, { n: 10, sumX: 10, sumXX: 20 }) },
    ],
  ])('refuses %s, naming the field', async (_, field, more) => {
    const good = { kind: 'conversion', variants: pair({ n: 500, successes: 50 }, { n: 500, successes: 60 }) }
    const answer = await app.call('POST', '/api/analysis', { ...good, ...more })
    expectProblem(answer, 'invalid_definition')
    expect((answer.body['errors'] as { path: string }[]).map(({ path }) => path)).toContain(field)
  })

  it('refuses what it does not know', async () => {
    const variants = pair({ n: 500, successes: 50, size: 3 }, { n: 500, successes: 60 })
    expectProblem(await app.call('POST', '/api/analysis', { kind: 'conversion', variants }), 'unknown_field')
    expectProblem(
      await app.call(
        'POST',
        '/api/analysis',
        { kind: 'conversion', variants: pair({ n: 500, successes: 50 }, { n: 500, successes: 60 }) },
        { authorization: '' },
      ),
      'unauthenticated',
    )
  })
})

describe('the documentation of the statistics', () => {
  const text =
    readFileSync(new URL('../../stats/README.md', import.meta.url), 'utf8')
      .split('## Over the API')[1]
      ?.split('\n## ')[0] ?? ''
  const blocks = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, block]) => JSON.parse(block ?? '') as object)
  const pairs = blocks.flatMap((block, index) => (index % 2 === 0 ? [[block, blocks[index + 1]] as const] : []))

  it('shows requests with the answers that they get', async () => {
    expect(pairs).toHaveLength(3)
    for (const [request, answer] of pairs)
      expect(await app.must('POST', '/api/analysis', request)).toEqual(near(answer))
  })
})
