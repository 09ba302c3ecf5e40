import { z } from 'zod'
import { Duration, Key } from '../define/definitions.ts'
import { DraftExperiment } from '../define/presets.ts'

/** What is true of one metric, in a simulated world. */
export const MetricTruth = z.strictObject({
  baseline: z.number().describe('true value under the control: a rate for conversions and other shares, else a mean'),
  spread: z.number().positive().optional()
    .describe('standard deviation of one outcome (of one unit for `total`); needed unless the metric is a share'),
  effects: z.record(Key, z.number()).default({}).describe('variant → true difference from the control; 0 where not given'),
  delay: Duration.optional()
    .describe('mean time from a unit\u2019s assignment to its outcomes, exponential: those after the `window` are lost; at once unless told'),
  from: Duration.optional().describe('the effects are there only so long after the start: harm that comes late; from the start unless told'),
  outcomesPerUnit: z.number().min(1).max(100).default(1).describe('mean number of outcomes of a unit, for `mean` and `ratio`'),
})
export type MetricTruth = z.infer<typeof MetricTruth>

export const SimulationRequest = z.strictObject({
  experiment: z.union([Key, DraftExperiment]).describe('key of a stored experiment, or a definition as in POST /api/experiments'),
  traffic: z.strictObject({
    unitsPerDay: z.number().positive().max(1e9).describe('new units a day that would be enrolled at coverage 1'),
    returning: z.number().min(0).max(100).default(0)
      .describe('units a day that come again, for each new one: they are counted by the day alone, on which guardrails are judged once more'),
  }),
  truth: z.record(Key, MetricTruth).describe('metric → what is true of it; every metric of the experiment needs one'),
  silence: z.record(Key, z.number().min(0).max(1)).optional().describe('variant → share of its units that report nothing at all; none unless told'),
  drift: z.strictObject({
    amplitude: z.number().min(0).max(0.9).describe('the baseline swings by this part of itself, for all variants alike'),
    period: Duration.default('P1D'),
  }).optional(),
  runs: z.int().min(10).max(10_000).default(400),
  seed: z.int().min(0).default(1),
})
export type SimulationRequest = z.infer<typeof SimulationRequest>

/** A mean over runs, or a share of them, with its Monte-Carlo standard error and 95 % limits. */
export const Simulated = z
  .object({ estimate: z.number(), error: z.number(), lower: z.number(), upper: z.number() })
  .meta({ id: 'Simulated', description: 'with its Monte-Carlo standard error, and 95 % limits of that alone' })
export type Simulated = z.infer<typeof Simulated>

export const SimulationResult = z.object({
  runs: z.int(),
  rates: z.object({
    promoted: z.record(z.string(), Simulated).describe('variant → share of runs that promoted it, and did not roll it back in its bake'),
    killed: z.record(z.string(), Simulated).describe('variant → share of runs that killed it'),
    wrongPromotion: Simulated.describe('promoted a variant that is not better, or that harms beyond a margin'),
    wrongKill: Simulated.describe('killed or rolled back a variant that neither harms beyond a margin nor loses'),
    rolledBack: Simulated.describe('while it ran or, after a promotion, while it baked'),
    inconclusive: Simulated,
    baking: Simulated.describe('promoted, but the bake did not get its units within another maxDuration'),
  }),
  daysToDecision: z.object({ mean: Simulated, median: z.number(), p90: z.number() })
    .describe('days until it was decided, without the bake; undecided runs count with all their days'),
  units: Simulated.describe('units seen until the end'),
  regret: Simulated.nullable()
    .describe('mean loss a unit on the first decision metric against always serving the best variant, up to maxDuration; null without such a metric'),
  uniformRegret: z.number().nullable().describe('the same, had the planned split been kept all the time'),
  notes: z.array(z.string()).optional().describe('what the experiment declares and no run looked at: drift, signals, checks, drills, breakers; absent where there is none'),
})
export type SimulationResult = z.infer<typeof SimulationResult>
