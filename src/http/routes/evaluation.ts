import { z } from 'zod'
import { evaluatePolicy } from '../../core/evaluation/evaluate.ts'
import { EvaluationRequest } from '../../core/evaluation/request.ts'
import { MB } from '../body.ts'
import { route, type Route } from '../route.ts'

const Bound = z.number().nullable()
const valued = { estimate: Bound, lower: Bound, upper: Bound, se: Bound.describe('standard error; null where it is not known') }
const Valued = z.object(valued)
const ValuedPolicy = z
  .object({ ...valued, gain: Valued.describe('the value minus the log’s own mean, by the differences row by row') })
  .meta({ id: 'ValuedPolicy' })

const EvaluationAnswer = z
  .object({
    outcomes: z.string(),
    method: z.string(),
    alpha: z.number(),
    rows: z.int(),
    weights: z.object({
      mean: z.number().describe('of target/propensity; about 1 when both are right'),
      max: z.number(),
      effectiveRows: z.number().describe('rows of the target policy’s own that would say as much: (Σw)²/Σw²'),
    }),
    logged: Valued.describe('what the policy that wrote the log earned'),
    estimates: z.object({
      ipw: ValuedPolicy.describe('mean of weight times reward: unbiased, the noisiest'),
      selfNormalised: ValuedPolicy.nullable().describe('the same over the sum of the weights; null without weight'),
      doublyRobust: ValuedPolicy.nullable().describe('prediction plus the weighted error of it; null without predictions'),
    }),
    certain: z.object({ lower: z.number(), upper: z.number() }).nullable()
      .describe('bounds without approximation, at any length of the log; null for groups and for real outcomes'),
    warnings: z.array(z.string()).describe('what a reader must know: few effective rows, extreme weights, weights that do not average 1'),
  })
  .meta({ id: 'EvaluationAnswer' })

/** Three actions were drawn evenly; what would a policy that prefers the first earn? Shown in the documentation, and run as it stands there. */
const example = {
  outcomes: 'binary',
  groups: [
    { n: 1_000, successes: 120, propensity: 0.3333333333333333, target: 0.8, model: 0.11, modelValue: 0.102 },
    { n: 1_020, successes: 82, propensity: 0.3333333333333333, target: 0.1, model: 0.08, modelValue: 0.102 },
    { n: 980, successes: 58, propensity: 0.3333333333333333, target: 0.1, model: 0.06, modelValue: 0.102 },
  ],
} as const

/** POST /api/evaluation: what a policy would have earned, from the log of another. */
export const evaluationRoutes = (): Route[] => [
  route({
    method: 'post',
    path: '/api/evaluation',
    scope: 'read',
    tag: 'Analysis',
    summary: 'Value a policy from the log of another',
    description:
      'Rows of a log, each with its reward, the `propensity` with which its action was drawn and the `target` probability of a policy that ' +
      'never served: what would that policy have earned? By inverse propensities, self-normalised, and doubly robust where you tell ' +
      'predictions; each with its standard error, its range, and its gain over the log. At most 50,000 `rows`, or 20,000 `groups` of ' +
      'rows with the same probabilities, of any size. Rows are taken as independent: one of each unit. Nothing is stored. Example: `' +
      JSON.stringify(example) +
      '`',
    body: EvaluationRequest.meta({ id: 'EvaluationRequest', examples: [example] }),
    definition: true,
    limit: 8 * MB,
    responses: { 200: { description: 'the values, with what speaks against them', schema: EvaluationAnswer } },
    handle: ({ body }) => ({ body: evaluatePolicy(body) }),
  }),
]
