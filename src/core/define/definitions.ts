import { z } from 'zod'
import { DrillPolicy } from '../drills/drill.ts'
import { Requires } from '../models/checks.ts'
import { DriftDeclarations } from './drift.ts'
import { AttributeName, Duration, Key, Measure, Payload, Reason, Text, VersionName } from './fields.ts'
import { Retrain } from './retrain.ts'
import { Bake, Stage } from './stages.ts'

export { Duration, Key, Measure, Payload, Reason, VersionName } from './fields.ts'
export { Bake, type BanditStage, Stage, type Step, type StepsStage, type SwitchStage } from './stages.ts'
export {
  type EpochFrozen, experimentStates, type ExperimentState, type Frozen, isUnderWay, type Looks, type Opening, type Progress, type VariantBreaker, type VariantState,
} from './experiment-state.ts'

// Models and versions --------------------------------------------------------------------------------------------

/** Where the versions of a model are registered elsewhere: a registered model of the MLflow server that is configured. */
export const RegistryLink = z.strictObject({ mlflow: z.string().min(1).max(256).describe('name of the registered model') })
export type RegistryLink = z.infer<typeof RegistryLink>

export const ModelWatch = z.strictObject({
  metrics: z.array(Key).max(20).optional()
    .describe('what is counted of champion traffic; each version is also watched against its own first days, which only tells, by metrics with bounds: shares, means with min and max (or a cap), totals with a min of 0 or more and a cap'),
  limits: z.record(Key, z.number()).optional()
    .describe('what the value of a day may be at most (`decrease`) or at least (`increase`), per metric of the watch'),
  onHarm: z.enum(['alert', 'rollback', 'fallback']).optional()
    .describe('when a limit is broken beyond doubt: tell, go back to the champion before, or to the first of `fallbacks`; once a day. Default alert'),
  drift: DriftDeclarations.optional(),
})
export type ModelWatch = z.infer<typeof ModelWatch>

export const CreateModel = z.strictObject({
  key: Key,
  description: Text.optional(),
  unit: Key.optional().describe('what is randomised where no experiment says it; default user'),
  watch: ModelWatch.optional(),
  fallbacks: z.array(VersionName).max(10).optional(),
  requires: Requires.optional(),
  registry: RegistryLink.optional(),
  retrain: Retrain.nullable().optional(),
})
export type CreateModel = z.infer<typeof CreateModel>

export const PatchModel = z.strictObject({
  enabled: z.boolean().optional(),
  watch: ModelWatch.optional(),
  fallbacks: z.array(VersionName).max(10).optional(),
  requires: Requires.optional(),
  registry: RegistryLink.nullable().optional().describe('null: its versions are registered nowhere else'),
  retrain: Retrain.nullable().optional().describe('null: nobody is told'),
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

export const PutChampion = z.strictObject({ version: VersionName, reason: Reason })
export const RollbackModel = z.strictObject({ reason: Reason })
export const AcknowledgeWatch = z.strictObject({
  metric: Measure.optional().describe('a metric of the watch, or the measure whose values have moved; all alerts without one'),
  reason: Reason,
})
export type AcknowledgeWatch = z.infer<typeof AcknowledgeWatch>

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
  worstSegment: AttributeName.optional()
    .describe('guardrails with a margin: one of `segments`; harm is then judged for every value of it as well, so that what is forgotten for some is not lost in the average'),
  covariate: Covariate.optional()
    .describe('adjusts the comparison by what was known of each unit before: `{attribute}` of the request, a number, or `{history: true}`; under a bandit conversions and totals alone'),
  breaker: z.boolean().optional()
    .describe('of a metric of 0 and 1 that tells of each call whether it failed: a variant whose calls fail is quarantined within seconds'),
})
export type ExperimentMetric = z.infer<typeof ExperimentMetric>

export const Method = z.enum(['sequential', 'exact', 'group-sequential', 'fixed', 'bayesian'])
export type Method = z.infer<typeof Method>

const TimeOfDay = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'expected a time of day, HH:MM')

/** When nothing is promoted, nor started, by itself: once, or every week. */
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
    .describe('when nothing is promoted, nor started, by itself: `{from, to}` once, or `{days, from, to, timeZone}` every week; kills and rollbacks go on'),
  drills: DrillPolicy.optional().describe('rehearsals of what protects (POST /api/drills): started when they are due, and perhaps needed before a promotion'),
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
  startAt: z.iso.datetime({ offset: true, message: 'expected a time such as 2026-12-01T09:00:00+01:00' }).optional()
    .describe('when the draft starts by itself, with the time zone’s offset: as if somebody had sent `start` then. What refuses it, or a freeze window, is told in the ledger, and it starts once that is over. Whoever sends `start` before starts it at once'),
  unguarded: z.boolean().default(false),
  layer: z.strictObject({ key: Key, from: z.number().min(0).lt(1), to: z.number().gt(0).max(1) }).optional(),
  audience: Payload.optional().describe('JSON Logic over attributes'),
  segments: z.array(AttributeName).max(5).optional()
    .describe('attributes with few values, never one that identifies a unit: the report is broken down by them'),
  overrides: z.record(z.string().min(1).max(1_024), Key).optional()
    .describe('unit → variant; answered as keyed hashes, `hash:` and 32 hex digits'),
  maxRps: z.number().positive().max(1e6).optional()
    .describe('calls a second that any candidate may get: above that enrolment falls for all arms alike, and who is out gets the champion; needs Redis where there are several nodes'),
  fallbacks: z.array(VersionName).max(10).optional()
    .describe('versions that stand in, in this order, when the control fails; default those of the model, else its previous champion'),
  signals: z.array(SignalDeclaration).max(20).optional()
    .describe('signals of other systems (POST /api/signals) without which nothing is promoted; they can only hold'),
  drift: DriftDeclarations.optional(),
  requires: Requires.optional().describe('checks that every version in it must pass before the start, beside those that its model requires'),
  variants: z.array(VariantDefinition).min(2, 'an experiment compares two variants at least').max(64),
  metrics: z.array(ExperimentMetric).max(50),
  stages: z.array(Stage).min(1).max(20),
  policy: Policy.prefault({}),
})
export type CreateExperiment = z.infer<typeof CreateExperiment>

/** What is stored: as given, with defaults, the salt drawn and overrides keyed by unit hash. */
export type ExperimentDefinition = CreateExperiment & { salt: string }

export const ActionName = z.enum([
  'start', 'pause', 'resume', 'ramp', 'approve', 'reject', 'enable', 'disable', 'promote', 'kill', 'rollback', 'roll-through', 'fallback', 'stop', 'emergency-stop',
  'acknowledge', 'archive',
])
export type ActionName = z.infer<typeof ActionName>
export const Action = z.strictObject({
  action: ActionName,
  variant: Key.optional().describe('which variant, of promote, kill, enable and disable; of rollback and roll-through which one is to blame; the control, which fallback is for, only of enable, to let it back in'),
  gate: Key.optional().describe('approve and reject only: which gate, where two stand before what comes next'),
  reason: Reason,
})
export type Action = z.infer<typeof Action>
