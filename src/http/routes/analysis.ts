import { z } from 'zod'
import { AnalysisRequest } from '../../core/stateless/request.ts'
import { analyzeRequest } from '../../core/stateless/analyze.ts'
import { route, type Route } from '../route.ts'
import { Comparison } from '../views/reports.ts'

const tag = 'Analysis'
const MB = 1024 * 1024

const Bound = z.number().nullable()
const AnalysisAnswer = z
  .object({
    method: z.string(),
    alpha: z.number(),
    sides: z.int(),
    adjust: z.string(),
    variants: z
      .array(
        z.object({
          metric: z.string(),
          key: z.string(),
          n: z.int(),
          estimate: Bound,
          lower: Bound,
          upper: Bound,
          probabilityBest: Bound.describe('under a flat prior; no error rate'),
          expectedLoss: Bound,
        }),
      )
      .describe('each by itself, two-sided at alpha'),
    comparisons: z.array(
      Comparison.omit({ role: true, immature: true })
        .extend({
          adjustedPValue: Bound.describe('over all comparisons; null without `adjust`'),
          covariate: z
            .object({ theta: z.number(), reduction: Bound.describe('part of the variance that went away') })
            .nullable(),
        })
        .meta({ id: 'AnalysedComparison' }),
    ),
    sampleRatio: z
      .object({ observed: z.array(z.number()), expected: z.array(z.number()), pValue: z.number(), verdict: z.string() })
      .nullable()
      .describe('of the first metric; null unless every variant has a weight'),
    warnings: z.array(z.string()).describe('what a reader must know, lost precision included'),
  })
  .meta({ id: 'AnalysisAnswer' })

/** Of 5,000 units each, 500 and 565 convert: shown in the documentation, and run as it stands there. */
const example = {
  method: 'sequential',
  kind: 'conversion',
  plannedUnits: 20_000,
  variants: [
    { key: 'control', control: true, n: 5_000, successes: 500 },
    { key: 'candidate', n: 5_000, successes: 565 },
  ],
} as const

/** POST /api/analysis: the methods of experiments, on summary numbers of the caller's own. */
export const analysisRoutes = (): Route[] => [
  route({
    method: 'post',
    path: '/api/analysis',
    scope: 'read',
    tag,
    summary: 'Analyse your own summary numbers',
    description:
      'Two or more variants, by any method and for any kind of metric: counts, means with variances, sums, values or ' +
      'buckets; one metric, or several in `metrics`. Nothing is stored. Example: `' +
      JSON.stringify(example) +
      '`',
    body: AnalysisRequest.meta({ id: 'AnalysisRequest', examples: [example] }),
    definition: true,
    limit: 4 * MB,
    responses: {
      200: { description: 'the comparisons, as an experiment’s report makes them', schema: AnalysisAnswer },
    },
    handle: ({ body }) => ({ body: analyzeRequest(body) }),
  }),
]
