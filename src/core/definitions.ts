import { z } from 'zod'
import type { ContextRule, Json } from '../assign/snapshot.ts'
import { Requires } from './checks.ts'
import { StageContext } from './contextual/definition.ts'
import { durationMs } from './duration.ts'
import type { PlannedLooks as TakenLooks } from './methods/method.ts'

/** Keys of models, experiments, variants and metrics; they appear in URLs, labels and hashes. */
export const Key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected 1 to 64 of a-z 0-9 . _ - beginning with a letter or digit')
export const VersionName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, 'expected 1 to 64 of A-Z a-z 0-9 . _ + - beginning with a letter or digit')
export const Measure = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected 1 to 64 of a-z 0-9 _ beginning with a letter')
export const Duration = z.string().max(32).refine((text) => durationMs(text) !== null, {
  message: 'expected an ISO 8601 duration of days, hours, minutes and seconds, at most ten years: PT24H, P14D',
})
const AttributeName = z.string().min(1).max(64)
const Text = z.string().max(2_000)
export const Payload = z.json() as z.ZodType<Json>

// Models and versions --------------------------------------------------------------------------------------------

export const ModelWatch = z.strictObject({
  metrics: z.array(Key).max(20).optional(),
  limits: z.record(Key, z.number()).optional(),
  onHarm: z.enum(['alert', 'rollback', 'fallback']).optional(),
})
export type ModelWatch = z.infer<typeof ModelWatch>

export const CreateModel = z.strictObject({
  key: Key,
  description: Text.optional(),
  unit: Key.optional().describe('what is randomised where no experiment says it; default user'),
  watch: ModelWatch.optional(),
  fallbacks: z.array(VersionName).max(10).optional(),
  requires: Requires.optional(),
})
export type CreateModel = z.infer<typeof CreateModel>

export const PatchModel = z.strictObject({
  enabled: z.boolean().optional(),
  watch: ModelWatch.optional(),
  fallbacks: z.array(VersionName).max(10).optional(),
  requires: Requires.optional(),
})
export type PatchModel = z.infer<typeof PatchModel>

export const VersionRecord = z.strictObject({
  payload: Payload.optional(),
  artifact: Text.optional(),
  digest: z.string().max(200).optional(),
  parameters: z.record(z.string(), Payload).optional(),
  codeVersion: z.string().max(200).optional(),
  dataset: Text.optional(),
  evaluation: z.record(z.string(), z.number()).optional(),
  trainedAt: z.iso.datetime({ offset: true }).optional(),
  owner: z.string().max(200).optional(),
  checkpoint: z.strictObject({ id: z.string().max(200), parent: z.string().max(200).optional() }).optional(),
})
export type VersionRecord = z.infer<typeof VersionRecord>
export const CreateVersion = VersionRecord.extend({ version: VersionName })
export type CreateVersion = z.infer<typeof CreateVersion>

export const Reason = z.string().trim().min(1, 'expected why, in words').max(2_000)
export const PutChampion = z.strictObject({ version: VersionName, reason: Reason })
export const RollbackModel = z.strictObject({ reason: Reason })

// Metrics ---------------------------------------------------------------------------------------------------------

export const MetricKind = z.enum(['conversion', 'total', 'mean', 'ratio', 'quantile'])
export const MetricDefinition = z.strictObject({
  key: Key,
  name: z.string().trim().min(1).max(60).optional()
    .describe('what reports call it, as it follows a number: `answers preferred` of "55 of 100 answers preferred", `slow replies`; default the key'),
  kind: MetricKind,
  measure: Measure.optional().describe('what it reads of an outcome; a composite has `terms` instead'),
  terms: z.array(z.strictObject({ measure: Measure, weight: z.number() })).min(2).max(8).optional()
    .describe(
      'a composite, for `mean` and `total`: the value of an outcome is the sum of weight · measure, as in quality − 0.2 · cost; ' +
      'threshold, cap, center, min and max are of that sum. For `mean`, and with a threshold, an outcome reports all of the ' +
      'measures or none (else 422); for `total` they may come in different outcomes',
    ),
  direction: z.enum(['increase', 'decrease']),
  denominator: Measure.optional(),
  quantile: z.number().gt(0).lt(1).optional().describe('which quantile a `quantile` compares: 0.95 for p95'),
  threshold: z.union([z.strictObject({ above: z.number() }), z.strictObject({ below: z.number() })]).optional(),
  cap: z.number().positive().optional(),
  center: z.number().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  reports: z.enum(['every', 'event']).optional()
    .describe('does every unit report (`every`, then silence counts as harm), or only when something happens (`event`)? Default every for mean, ratio and quantile, event for conversion and total'),
})
export type MetricDefinition = z.infer<typeof MetricDefinition>

// Experiments -----------------------------------------------------------------------------------------------------

export const Role = z.enum(['decision', 'guardrail', 'signal', 'diagnostic'])
export type Role = z.infer<typeof Role>

const VariantDefinition = z.strictObject({
  key: Key,
  version: VersionName,
  payload: Payload.optional().describe('overrides the payload of the version'),
  control: z.boolean().optional(),
  warm: z.boolean().optional()
    .describe('its version needs warming: nobody gets anything of the experiment before it has reported that it is ready'),
})

/** What is known of a unit before its exposure: an attribute of the request, or what it did in earlier experiments. */
export const Covariate = z.union([
  z.strictObject({ attribute: AttributeName }),
  z.strictObject({ history: z.literal(true) }),
])
export type Covariate = z.infer<typeof Covariate>

const ExperimentMetric = z.strictObject({
  metric: Key,
  role: Role,
  smallestEffect: z.number().positive().optional(),
  margin: z.number().nonnegative().optional(),
  relativeMargin: z.number().nonnegative().optional(),
  limit: z.number().optional()
    .describe('an absolute bound: at most this for `decrease`, at least this for `increase`; of 0/1 outcomes judged exactly, without a least number'),
  covariate: Covariate.optional()
    .describe('adjusts the comparison by what was known of each unit before: `{attribute}` of the request, a number, or `{history: true}`; under a bandit conversions and totals alone'),
  breaker: z.boolean().optional()
    .describe('of a metric of 0 and 1 that tells of each call whether it failed: a variant whose calls fail is quarantined within seconds'),
})
export type ExperimentMetric = z.infer<typeof ExperimentMetric>

const FixedStage = z.strictObject({
  allocation: z.literal('fixed'),
  coverage: z.number().gt(0).max(1).default(1),
  weights: z.record(Key, z.number().min(0).max(1)).optional().describe('sum to 1; default equal'),
})
/** Weights follow what the outcomes say of the first decision metric, between floor and cap. */
const BanditStage = z.strictObject({
  allocation: z.literal('bandit'),
  algorithm: z.enum(['thompson', 'top-two', 'uniform', 'contextual']).default('thompson')
    .describe('thompson for the least regret, top-two to find the best variant, contextual where the best one depends on `context`'),
  context: StageContext.optional(),
  floor: z.number().min(0.001).max(0.5).default(0.02).describe('least share of every live variant; it bounds how wide later ranges are'),
  cap: z.number().gt(0).max(1).default(1).describe('largest share of any variant'),
  maxStep: z.number().gt(0).max(1).default(0.1).describe('how far the share of a variant may move at once; contextual: how much more the learnt chances count with each move'),
  interval: Duration.default('PT5M').describe('least time between two reallocations; never less than a 500th of maxDuration'),
  minOutcomes: z.int().min(1).max(1e9).default(100).describe('matured outcomes of every live variant before the weights first move'),
  halfLife: Duration.nullable().default(null).describe('age at which data counts half; null never forgets'),
  priors: z.strictObject({ from: Key, discount: z.number().min(0).max(1).default(0.5) }).nullable().default(null)
    .describe('an earlier experiment of the model to start from, and what part of its units counts'),
  unproven: z.enum(['open', 'floor']).default('open')
    .describe('what a variant may get while its guardrails neither pass nor fail: its share, or no more than the floor'),
  coverage: z.number().gt(0).max(1).default(1),
})
export type BanditStage = z.infer<typeof BanditStage>

/** The kinds of stage that can run. Others join this union. */
export const Stage = z.discriminatedUnion('allocation', [FixedStage, BanditStage])
export type Stage = z.infer<typeof Stage>

export const Method = z.enum(['sequential', 'exact', 'group-sequential', 'fixed', 'bayesian'])
export type Method = z.infer<typeof Method>

const TimeOfDay = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'expected a time of day, HH:MM')

/** When nothing is promoted by itself: once, or every week. */
export const FreezeWindow = z.union([
  z.strictObject({ from: z.iso.datetime({ offset: true }), to: z.iso.datetime({ offset: true }), reason: z.string().max(200).optional() }),
  z.strictObject({
    days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1).max(7),
    from: TimeOfDay.default('00:00'),
    to: TimeOfDay.default('24:00').describe('at or before `from`: on the day after'),
    timeZone: z.string().max(64).default('UTC').describe('IANA name, Europe/Berlin'),
    reason: z.string().max(200).optional(),
  }),
])
export type FreezeWindow = z.infer<typeof FreezeWindow>

/** How planned looks share the level; see the statistics for what each is good for. */
export const Spending = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('obrien-fleming') }),
  z.strictObject({ kind: z.literal('pocock') }),
  z.strictObject({ kind: z.literal('hwang-shih-decani'), gamma: z.number().min(-50).max(50) }),
  z.strictObject({ kind: z.literal('power'), exponent: z.number().min(0.1).max(20) }),
])

/** Looks of a plan: so many, equally spaced; or the fractions of the planned units at which they are taken. */
export const PlannedLooks = z.union([z.int().min(1).max(20), z.array(z.number().gt(0).max(1)).min(1).max(20)])

/** After a promotion the former champion keeps a share, so that harm can still be seen beside it. */
export const Bake = z.strictObject({
  units: z.int().min(1).max(1e10).describe('matured units, of both sides together, after which it is over'),
  keep: z.number().min(0.001).max(0.5).default(0.05).describe('share of the units that the control keeps'),
})
export type Bake = z.infer<typeof Bake>

export const Policy = z.strictObject({
  method: Method.default('sequential').describe('how decision metrics are judged; frozen at the start'),
  alpha: z.number().gt(0).lt(0.5).default(0.05),
  minUnits: z.int().min(0).default(1_000),
  minDuration: Duration.default('PT24H'),
  maxDuration: Duration.default('P14D'),
  autoPromote: z.boolean().default(true),
  autoKill: z.boolean().default(true),
  onHarm: z.enum(['rollback', 'kill', 'roll-through']).default('rollback')
    .describe('when every candidate does harm; roll-through hands their traffic to `next`, once, and rolls back where it cannot'),
  next: Key.optional().describe('roll-through only: a variant that waits with a weight of 0'),
  mode: z.enum(['auto', 'recommend', 'observe']).default('auto'),
  goal: z.enum(['superior', 'non-inferior']).default('superior'),
  onPause: z.enum(['keep', 'control']).default('keep'),
  plannedUnits: z.int().min(100).max(1e10).optional(),
  plannedDuration: Duration.optional().describe('fixed only: the one look is taken after this time, instead of at plannedUnits'),
  looks: PlannedLooks.optional().describe('group-sequential only: how many, or at which fractions of plannedUnits; default 5'),
  bake: Bake.nullable().default(null)
    .describe('a promotion is not final before so many units came without harm; harm brings the former champion back, whatever `onHarm` says'),
  spending: Spending.optional().describe('group-sequential only; default obrien-fleming'),
  freeze: z.array(FreezeWindow).max(50).optional()
    .describe('when nothing is promoted by itself: `{from, to}` once, or `{days, from, to, timeZone}` every week; kills and rollbacks go on'),
})
export type Policy = z.infer<typeof Policy>

/** A signal of another system that is counted on: where it is missing, nobody knows, and nothing is promoted. */
const SignalDeclaration = z.strictObject({
  name: Key,
  variant: Key.optional().describe('default the whole experiment'),
  staleAfter: Duration.optional().describe('older than this it is missing; default never, once it came'),
  limit: z.union([z.strictObject({ above: z.number() }), z.strictObject({ below: z.number() })]).optional()
    .describe('a value beyond it is an alarm, whatever its status says'),
})
export type SignalDeclaration = z.infer<typeof SignalDeclaration>

export const CreateExperiment = z.strictObject({
  key: Key,
  model: Key,
  hypothesis: Text.optional(),
  description: Text.optional(),
  unit: Key.default('user'),
  stickiness: z.enum(['hash', 'first-touch', 'none']).optional().describe('default: hash, and first-touch where a stage is a bandit'),
  salt: z.string().max(64).optional().describe('default: drawn at creation'),
  window: Duration.default('PT0S'),
  reportBy: Duration.optional()
    .describe('a unit that has not reported for so long counts as silent; default the window, and one hour where there is none'),
  epochLength: Duration.default('PT1H'),
  unguarded: z.boolean().default(false),
  layer: z.strictObject({ key: Key, from: z.number().min(0).lt(1), to: z.number().gt(0).max(1) }).optional(),
  audience: Payload.optional().describe('JSON Logic over attributes'),
  segments: z.array(AttributeName).max(5).optional()
    .describe('attributes with few values, never one that identifies a unit: the report is broken down by them'),
  overrides: z.record(z.string().min(1).max(1_024), Key).optional()
    .describe('unit → variant; answered as keyed hashes, `hash:` and 32 hex digits'),
  fallbacks: z.array(VersionName).max(10).optional()
    .describe('versions that stand in, in this order, when the control fails; default those of the model, else its previous champion'),
  signals: z.array(SignalDeclaration).max(20).optional()
    .describe('signals of other systems (POST /api/signals) without which nothing is promoted; they can only hold'),
  requires: Requires.optional().describe('checks that every version in it must pass before the start, beside those that its model requires'),
  variants: z.array(VariantDefinition).min(2).max(64),
  metrics: z.array(ExperimentMetric).max(50),
  stages: z.array(Stage).min(1).max(20),
  policy: Policy.prefault({}),
})
export type CreateExperiment = z.infer<typeof CreateExperiment>

/** What is stored: as given, with defaults, the salt drawn and overrides keyed by unit hash. */
export type ExperimentDefinition = CreateExperiment & { salt: string }

export const experimentStates = [
  'draft', 'running', 'paused', 'baking', 'promoted', 'rolled_back', 'killed', 'inconclusive', 'stopped', 'archived',
] as const
export type ExperimentState = (typeof experimentStates)[number]

/** Does it still give traffic and decide? */
export const isUnderWay = (state: ExperimentState): boolean => state === 'running' || state === 'paused' || state === 'baking'

/**
 * An opening of a breaker: when (ISO 8601), the calls that led to it, those of the control meanwhile, and the variant's
 * share of the traffic of the two.
 */
export type Opening = { at: string; calls: number; errors: number; controlCalls: number; controlErrors: number; share: number }

/**
 * What the breaker of a variant remembers, so that whoever leads next goes on. `open`: nobody gets the variant until
 * `until`; `half-open`: the part `probes` of its units tries it; `closed`: it was open once.
 */
export type VariantBreaker = {
  state: 'closed' | 'open' | 'half-open'
  /** When it came into this state, ISO 8601. */
  since: string
  /** When an open one is tried, or a half-open one by more units, ISO 8601. */
  until?: string
  /** The openings of this series, the oldest first. A series ends when the breaker stayed closed for a while. */
  opened: Opening[]
  /** Which series of openings this is, from 1. */
  series: number
  /** The first epoch whose assignments tell of the variant's health after the last opening. */
  from: number
  /** While quarantined: the weight with which its units are drawn, the part of them that tries it now, and when it is tried first. */
  weight?: number
  probes?: number
  trial?: number
  /** Of the control's: the version that stands in for it, since when (ISO 8601), and those that did and failed as well. */
  standIn?: { version: string; since: string; failed: string[] }
}

/** One arm as it stands now; its index in the list is its ordinal. `breaker`: absent until it was open once. */
export type VariantState = {
  key: string
  version: string
  control: boolean
  status: 'live' | 'killed' | 'disabled' | 'quarantined'
  breaker?: VariantBreaker
}

/** Fixed when the experiment starts; changing any of it after seeing data voids the statistics. */
export type Frozen = {
  /** Per metric, in plan order: the sample size at which its interval is tightest (total units of the pair). */
  plannedUnits: number[]
  /** One-sided level of each promotion test: α / (K − 1), divided by the stages that can act. */
  promoteLevel: number
  /** One-sided level of each ordered pair's kill test, over all decision metrics: .01 / (K (K − 1)), likewise. */
  killLevel: number
  /**
   * Per metric, in plan order: the variance of one unit, at which the sequences of a bandit are tuned. Each is set once,
   * from the first 100 units of every variant; null until then.
   */
  variances?: (number | null)[]
  /** The built-in guardrail on silence: deadline and margin; absent where no metric reports every unit. */
  completeness?: { reportBy: string; margin: number }
  /** What a bandit took over from an earlier experiment, by variant ordinal, more being better. */
  priors?: { n: number; sum: number; sumSquares: number }[]
}

/**
 * What an epoch took from the past when it began: per metric, in plan order, and variant ordinal the mean of X and Y of
 * an exposed unit, as stored. Empty while weights are fixed. Contrast weights are no part of it: they follow from the
 * epoch's weights, e_a e_b/(e_a + e_b).
 */
export type EpochFrozen = {
  context?: ContextRule
  means?: { x: number; y: number }[][]
  /** By metric: slope and centre of its covariate; null where nothing is adjusted. */
  covariates?: ({ theta: number; reference: number } | null)[]
}

/**
 * The engine's memory between looks. `promote:<variant>`: consecutive looks with new data at which a rule held, with the
 * digest of the last one. `planned:…`: looks of a plan that were taken in a scope, which nothing takes again.
 */
export type Looks = Record<string, { count: number; digest: string; planned?: TakenLooks }>

export const ActionName = z.enum(['start', 'pause', 'resume', 'enable', 'disable', 'promote', 'kill', 'rollback', 'stop', 'emergency-stop', 'acknowledge', 'archive'])
export type ActionName = z.infer<typeof ActionName>
export const Action = z.strictObject({ action: ActionName, variant: Key.optional(), reason: Reason })
export type Action = z.infer<typeof Action>
