import { z } from 'zod'
import { Key, VersionName } from '../../core/define/definitions.ts'
import { Bound, listOf, Moment, Time, Verdict } from './common.ts'
import { ExperimentState } from './experiments.ts'

const Interval = z.object({ estimate: Bound, lower: Bound, upper: Bound }).meta({ id: 'Interval', description: 'null bounds are unbounded' })
export const Comparison = z
  .object({
    metric: Key, role: z.string(), variant: Key, control: Key, difference: Interval, relative: Interval, pValue: Bound,
    significant: z.boolean(), verdict: Verdict,
    evidence: z.object({ value: Bound, needed: z.number(), decides: z.boolean() }),
    adjusted: z.object({ theta: z.number(), reduction: Bound, covariate: z.string() }).optional()
      .describe('of a metric with a covariate: the slope, and the part of the variance that adjusting removed'),
    immature: z.object({ units: z.int(), estimate: Bound }).optional(),
    paired: z.object({ pairs: z.int(), correlation: Bound, disagreement: Bound, missing: z.int() }).optional()
      .describe('of a shadow: units with a value of both, how the two go together, the part in which they differ; units that the shadow left without a report'),
    look: z
      .object({ taken: z.int(), planned: z.int(), information: Bound, boundary: Bound, nextAt: z.int().nullable() }).optional()
      .describe('of methods that plan their looks: fraction of the information and boundary (standard errors) at the last, units at the next'),
  })
  .meta({ id: 'Comparison' })

const Segment = z
  .object({
    segment: z.string(), value: z.string().describe('(other): a rarer one; (none): the request told none'),
    variants: z.array(z.object({
      key: Key, units: z.int(), outcomes: z.int(), metrics: z.record(Key, z.object({ estimate: Bound, lower: Bound, upper: Bound, n: z.int() })),
    })),
    comparisons: z.array(z.object({ metric: Key, variant: Key, control: Key, difference: Interval, relative: Interval })),
  })
  .meta({ id: 'Segment', description: 'units with one value of a segment; intervals two-sided at alpha, not corrected, without a verdict' })

const SegmentHarm = z
  .object({ segment: z.string(), value: z.string(), verdict: Verdict, harm: Interval, units: z.number().describe('of the variant') })
  .meta({ id: 'SegmentHarm', description: 'a guardrail on the units with one value of a segment, judged against the concurrent control at its part of the level' })

export const Report = z
  .object({
    experiment: Key, state: ExperimentState, epoch: z.int(), asOf: Time, analysis: z.int().nullable(), units: z.int(), method: z.string(),
    alpha: z.number(),
    summary: z.object({
      headline: z.string(), sub: z.string(), next: z.string(),
      conditions: z.array(z.object({
        text: z.string(), met: z.boolean(), current: z.string(), needed: z.string(),
        wait: z.string().optional().describe('roughly how long it takes at this pace; absent where nothing foretells it'),
      })),
      reversals: z.array(z.string()).optional().describe('what would take the verdict back'),
    }),
    variants: z.array(
      z.object({
        key: Key, version: VersionName, weight: z.number(), units: z.int(), outcomes: z.int(), reportRate: Bound, probabilityBest: Bound,
        expectedLoss: Bound, metrics: z.record(Key, z.object({ estimate: Bound, lower: Bound, upper: Bound, n: z.int() })),
      }),
    ),
    comparisons: z.array(Comparison),
    sampleRatio: z.object({ observed: z.array(z.number()), expected: z.array(z.number()), pValue: Bound, verdict: Verdict }),
    guardrails: z.array(z.object({
      metric: Key, variant: Key, verdict: Verdict, harm: Interval, margin: z.number(),
      worst: SegmentHarm.optional().describe('of `worstSegment`: the value that speaks most against the variant'),
      values: z.array(SegmentHarm).optional().describe('of `worstSegment`: every value, the worst first; values with fewer than 100 units an arm can fail, and hold nothing up'),
      generation: z.object({ day: z.iso.date(), verdict: Verdict, harm: Interval }).optional()
        .describe('where units return: of today and yesterday (UTC) the day whose units speak most against the variant, a test of its own'),
      windows: z.object({
        verdict: Verdict,
        last: z.array(z.object({
          from: z.iso.datetime(), to: z.iso.datetime().nullable(), units: z.int(), excess: z.object({ estimate: Bound, lower: Bound }), broken: z.boolean(),
        })),
      }).optional()
        .describe('of an absolute limit: the last five windows of the variant\u2019s traffic, each as many epochs as make 50 units (of metrics that are no shares: 100 or more); broken in three of them, the variant is stopped'),
    })),
    health: z.array(z.object({ check: z.string(), verdict: Verdict, text: z.string() })),
    segments: z.array(Segment),
    stage: z
      .object({
        number: z.int(), of: z.int(), allocation: z.string(), step: z.object({ number: z.int(), of: z.int() }).nullable(),
        coverage: z.number().describe('the share of the units that take part'), since: Moment, words: z.string(),
        next: z.string().nullable().describe('null where a promotion is what comes next'),
      })
      .optional().describe('where it is among its stages and steps, from 1; absent where there is but one'),
    bake: z
      .object({
        variant: Key.nullable().describe('null until somebody was promoted'), control: Key, keep: z.number(),
        units: z.int().describe('matured so far'), needed: z.int(),
        detectable: z.array(z.object({ metric: Key, harm: Bound }))
          .describe('the least harm that so many units find four times out of five; relative where the margin is; null while unknown'),
      })
      .optional().describe('where the policy has one; said before it begins, too'),
    warnings: z.array(z.string()),
    latestDecision: z
      .object({ id: z.int(), action: z.string(), at: Time, reason: z.string(), status: z.string() })
      .nullable(),
  })
  .meta({ id: 'Report', description: 'the analysis of an experiment at one moment, from one database snapshot' })

export const Series = listOf(
  z
    .object({
      analysis: z.int(), at: Time, epoch: z.int(), units: z.int(), weights: z.record(Key, z.number()).describe('in force then'),
      probabilityBest: z.record(Key, Bound).describe('chance to be the best, null where it was not known then'),
      comparisons: z.array(Comparison),
    })
    .meta({ id: 'SeriesPoint' }),
)
