import { z } from 'zod'
import {
  CreateExperiment, experimentStates, Key, MetricDefinition, ModelWatch, RegistryLink, VersionName, VersionRecord,
} from '../core/define/definitions.ts'
import { Retrain } from '../core/define/retrain.ts'
import { alertKinds } from '../core/models/watch-state.ts'
import { CheckName, CheckStatus, Requires } from '../core/models/checks.ts'
import { holdReasons } from '../core/decide/holds.ts'
import { scopeNames } from './scopes.ts'

/** What answers look like, for the documentation; answers are not parsed. */
const Time = z.iso.datetime()
const Moment = Time.nullable()
const Bound = z.number().nullable()

const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable().describe('cursor of the next page') })

export const Model = z
  .object({
    key: Key, description: z.string(), unit: Key, enabled: z.boolean(), watch: ModelWatch, fallbacks: z.array(VersionName),
    requires: Requires,
    registry: RegistryLink.nullable(),
    registrySync: z
      .object({
        status: z.enum(['pending', 'synced', 'drift']), written: z.string().nullable(), observed: z.string().nullable(), error: z.string().nullable(), at: Time,
      })
      .nullable()
      .describe('how the alias `champion` of the registry stands to ours; drift holds every experiment on the model'),
    retrain: Retrain.nullable(),
    champion: VersionName.nullable(),
    checkpoint: VersionRecord.shape.checkpoint.unwrap().nullable().describe('of the champion, to go on from'),
    createdAt: Time,
  })
  .meta({ id: 'Model' })
export const Models = listOf(Model)

const Lock = z
  .object({ at: Time, actor: z.string(), reason: z.string(), experiment: Key })
  .meta({ id: 'VersionLock', description: 'why it may not become champion until the experiment has got the action acknowledge' })
const Standing = z.enum([...CheckStatus.options, 'outdated']).nullable().describe('outdated: of another record or artifact; null: it never came')
export const Version = VersionRecord.extend({
  version: VersionName, model: Key, createdAt: Time, firstTrafficAt: Moment, lock: Lock.nullable(),
  checks: z.array(z.object({ name: CheckName, status: Standing, at: Moment, required: z.boolean().describe('by the model') }))
    .describe('the latest of each name, and what is required and never came'),
  continues: VersionName.nullable().describe('the version of this model whose `checkpoint.id` is the `checkpoint.parent` of this one'),
  readyAt: Moment.describe('since when it says that it is warm'),
}).meta({ id: 'Version' })
export const Versions = listOf(Version)
export const Check = z
  .object({
    id: z.int(), name: CheckName, status: CheckStatus, evidence: z.unknown(), digest: z.string().nullable(), at: Time, receivedAt: Time, actor: z.string(),
  })
  .meta({ id: 'Check', description: 'what a pipeline found out about a version' })
export const Checks = listOf(Check)

export const Champion = z
  .object({
    seq: z.int(), version: VersionName, previous: VersionName.nullable(), actor: z.string(), reason: z.string(),
    experiment: Key.nullable(), at: Time, kind: z.enum(['set', 'start', 'promote', 'rollback']),
  })
  .meta({ id: 'Champion' })
export const Champions = listOf(Champion)

export const Signal = z
  .object({
    experiment: Key.nullable(), model: Key.nullable(), variant: Key.nullable(), name: Key, status: z.enum(['ok', 'alarm']), value: z.number().nullable(),
    source: z.string().nullable(), at: Time, expiresAt: Moment, receivedAt: Time, actor: z.string(),
  })
  .meta({ id: 'Signal', description: 'what another system tells of an experiment, or of everything on a model; an alarm holds' })
export const Signals = z.object({ items: z.array(Signal) })
export const SignalTold = Signal.extend({ changed: z.boolean().describe('false: one that is as new was there already') }).meta({ id: 'SignalTold' })

export const Metric = MetricDefinition.meta({ id: 'Metric' })
export const Metrics = listOf(Metric)

export const ExperimentState = z.enum(experimentStates).meta({ id: 'ExperimentState' })
const Hold = z
  .object({ reason: z.enum(holdReasons), variant: Key.nullable(), metric: z.string().nullable(), text: z.string(), since: Time })
  .meta({ id: 'Hold', description: 'why nothing is promoted or moved by itself; gone three looks after its cause. Kills and rollbacks go on' })
const Breaker = z
  .object({
    state: z.enum(['closed', 'open', 'half-open']), since: Time, until: Moment.describe('when an open one is tried'),
    openings: z.int().describe('of this series'), probes: z.number().describe('the part of its units that tries the variant now'),
  })
  .meta({ id: 'Breaker', description: 'whether calls of a variant fail; absent while it never opened' })
export const Experiment = CreateExperiment.extend({
  variants: z.array(CreateExperiment.shape.variants.element.extend({
    status: z.enum(['live', 'killed', 'disabled', 'quarantined']), breaker: Breaker.optional(),
  })),
  missing: z
    .array(z.object({ variant: Key, version: VersionName, checks: z.array(z.object({ name: CheckName, status: Standing })), warming: z.boolean() }))
    .optional().describe('what keeps a draft from its start, and while it runs the next stage from its beginning, where a stage requires checks'),
  fallback: z.object({ version: VersionName, since: Time, manual: z.boolean().describe('by a person’s word: it ends when a person sends enable for the control') })
    .nullable().optional().describe('what stands in for the control; null, or without breakers absent, while that serves'),
  state: ExperimentState,
  stage: z.int().describe('the stage in force, from 0'), step: z.int().describe('the step of it that is in force, from 0'),
  since: z.object({ stage: Time, step: Time }).nullable().describe('when both came into force; null before the start'),
  gates: z.array(z.object({ name: Key, stage: z.int(), step: z.int(), state: z.enum(['open', 'approved', 'rejected']) }))
    .describe('manual gates in their order; `open`: nobody has said anything yet'),
  epoch: z.int(), winner: Key.nullable(), holds: z.array(Hold), revision: z.int(), createdAt: Time, startedAt: Moment, endedAt: Moment,
}).meta({ id: 'Experiment' })
export const Experiments = listOf(Experiment)
export const ActionDone = z
  .object({ state: ExperimentState, epoch: z.int(), decision: z.int().nullable().describe('id of its entry in the ledger') })
  .meta({ id: 'ActionDone' })

export const Epochs = listOf(
  z
    .object({
      epoch: z.int(), scope: z.int(), cause: z.string(), coverage: z.number(), weights: z.record(Key, z.number()),
      startedAt: Time, endedAt: Moment, sealedAt: Moment,
    })
    .meta({ id: 'Epoch' }),
)

const Verdict = z
  .enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'INSUFFICIENT', 'NO_TRAFFIC', 'NO_OUTCOME', 'ERROR'])
  .meta({ id: 'Verdict', description: 'only FAIL may harm a variant' })

const Fields = z.record(z.string(), z.unknown())
const ApiCall = z.object({ method: z.enum(['POST', 'PUT', 'PATCH']), path: z.string(), body: Fields })

export const Decision = z
  .object({
    id: z.int(), chain: z.string(), seq: z.int(), at: Time, actor: z.string(), mode: z.enum(['auto', 'recommend', 'observe', 'manual']),
    experiment: Key.nullable(), model: Key.nullable(), stage: z.int(), action: z.string(), variant: Key.nullable(), rule: z.string(), reason: z.string(),
    status: z.enum(['applied', 'held', 'failed']), epochBefore: z.int(), epochAfter: z.int(), weightsBefore: z.array(z.number()),
    weightsAfter: z.array(z.number()), policyHash: z.string(), evidence: z.record(z.string(), z.unknown()), prevHash: z.string(), hash: z.string(),
    form: z.literal(2).optional().describe('absent in older entries, which lack the fields below'),
    verdicts: z
      .object({ variants: z.record(Key, z.record(z.string(), Verdict)), sampleRatio: Verdict, health: z.record(z.string(), Verdict) })
      .nullish().describe('of every variant and metric at that look'),
    freshness: z
      .object({
        asOf: Time, digest: z.string(), epochs: z.object({ matured: z.int(), immature: z.int() }), maturedUntil: Moment,
        units: z.record(Key, z.object({ exposed: z.int(), matured: z.int() })),
      })
      .nullish().describe('how new the data was'),
    seed: z.number().nullish().describe('null where nothing was drawn'),
    alternatives: z
      .array(z.object({ action: z.string(), variant: Key.nullable(), rule: z.string(), reason: z.string(), rejected: z.string() }))
      .optional().describe('what else could have been done, and why it was not'),
    undo: z
      .object({
        text: z.string(),
        calls: z.array(ApiCall),
      })
      .nullish().describe('what takes it back: calls to be sent in order, none where nothing does'),
    inputs: z.string().nullish().describe('SHA-256 of what it was decided from; null where that is not stored'),
  })
  .meta({ id: 'Decision', description: 'an entry of the ledger: what was done or held back, on which evidence, by which rule' })
export const Decisions = listOf(Decision)

const Path = z.string().nullable()
export const DecisionDetail = Decision.extend({
  runbook: z.object({ does: z.string(), keeps: z.string(), effect: z.string(), undo: z.string(), next: z.string() }).nullable()
    .describe('of what takes a version out of service; null for all else'),
  links: z.object({ analysis: Path, replay: Path, postMortem: Path }).describe('paths of what belongs to it; null where there is none'),
}).meta({ id: 'DecisionDetail' })

const PostMortemItem = z
  .object({
    decision: z.int(), experiment: Key, model: Key, variant: Key.nullable().describe('null: all candidates'), action: z.string(), rule: z.string(),
    actor: z.string(), reason: z.string(), locked: z.array(VersionName).describe('stay locked until it is signed'), openedAt: Time,
    signature: z.object({ at: Time, by: z.string(), note: z.string(), decision: z.int() }).nullable().describe('null while it is open'),
  })
  .meta({ id: 'PostMortemItem' })
export const PostMortems = listOf(PostMortemItem)
export const PostMortem = PostMortemItem.extend({
  timeline: z.array(z.object({ at: Time, kind: z.enum(['start', 'traffic', 'harm', 'decision', 'champion', 'signed']), text: z.string(), decision: z.int().nullable() })),
  units: z.record(Key, z.object({ atDecision: z.int().nullable(), exposed: z.int() })).describe('units exposed to each variant'),
  harm: z.array(z.object({ metric: Key, name: z.string().describe('what people call the metric'), variant: Key, began: Moment, failed: Moment })).describe('since when harm showed without a break, and when the rule first failed'),
  verdicts: z.unknown(), evidence: Fields,
  servedSince: z.array(z.object({ from: Time, text: z.string() })), stillLocked: z.array(VersionName), questions: z.array(z.string()),
  sign: ApiCall.nullable().describe('the call that signs it; its reason is the note'),
}).meta({ id: 'PostMortem' })
export const Replay = z
  .object({
    decision: z.int(), same: z.boolean(), stored: Fields, recomputed: Fields.nullable(),
    differences: z.array(z.object({ path: z.string(), stored: z.unknown(), recomputed: z.unknown() })),
  })
  .meta({ id: 'Replay', description: 'a decision taken again from what it was taken from: what its entry says, what it should say, every field that differs' })

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

const Alerts = z
  .array(
    z.object({
      version: VersionName, kind: z.enum(alertKinds), metric: z.string().describe('a metric, or the measure whose values have moved'),
      since: Time, text: z.string(), over: Time.optional().describe('absent while it lasts'),
      acknowledged: z.object({ at: Time, actor: z.string(), reason: z.string() }).optional().describe('absent until somebody has seen it'),
    }),
  )
  .describe('limits that the champion breaks, and what it does otherwise than in its own first days: each until it is over and somebody has acknowledged it; it is told once')

/** What is left of the alerts of a watch. */
export const WatchAlerts = z.object({ model: Key, alerts: Alerts }).meta({ id: 'WatchAlerts' })

export const Watch = z
  .object({
    model: Key,
    days: z.array(
      z.object({
        day: z.iso.date(), version: VersionName, units: z.int().describe('units that reported'), outcomes: z.int(),
        metrics: z.record(Key, z.object({ estimate: Bound, n: z.int() })),
      }),
    ),
    alerts: Alerts,
    unwatched: z.array(z.object({ metric: Key, why: z.string() })).describe('metrics that no detector watches for change, and why'),
  })
  .meta({ id: 'Watch' })

export const ApiKey = z
  .object({
    id: z.string(), name: z.string(), scopes: z.array(z.enum(scopeNames)), createdAt: Time, expiresAt: Moment, lastUsedAt: Moment,
    revokedAt: Moment,
  })
  .meta({ id: 'ApiKey' })
export const ApiKeys = listOf(ApiKey)
export const NewApiKey = ApiKey.extend({ key: z.string().describe('shown this once') }).meta({ id: 'NewApiKey' })
