import { dayName, dayAt } from '../analyze/generations.ts'
import type { SegmentHarm } from '../analyze/report.ts'
import type { Hold } from '../decide/holds.ts'
import type { LedgerEntry } from '../decide/ledger.ts'
import type { VariantState } from '../define/definitions.ts'
import type { Retrain } from '../define/retrain.ts'
import { count } from '../describe/wording.ts'
import type { WatchAlert } from './watch-state.ts'

export type RetrainCause = Retrain['on'][number] | 'outcomes'

/** An entry that told of it, as far as the next one has to know. `outcomes`: of the champion until then; null of other versions. */
export type ToldRetrain = { at: string; cause: RetrainCause; version: string; signs: string[]; outcomes: number | null }

/** The same as people are told. */
export type RetrainEvent = { decision: number; at: string; cause: RetrainCause; version: string; reason: string }

/** What the ledger calls it. */
export const retrainAction = 'retrain'

type Serving = { key: string; variants: Pick<VariantState, 'key' | 'version'>[] }

/** An entry of an experiment's ledger that stopped a variant, or would have. */
export type Stopped = Serving & { decision: number } & Pick<LedgerEntry, 'variant' | 'evidence'>

/** All that says whether a model's versions should be trained again. */
export type RetrainFacts = {
  retrain: Retrain
  now: Date
  /** Null where nothing serves yet. */
  champion: { version: string; since: Date; outcomes: number; alerts: WatchAlert[] } | null
  /** Experiments that are under way. */
  experiments: (Serving & { holds: Hold[] })[]
  /** What was stopped on the last day. */
  stopped: Stopped[]
  told: ToldRetrain[]
}

/** A version that should be trained again, and why. `signs` name what was seen, so that the same is never told twice. */
export type RetrainCall = {
  cause: RetrainCause; version: string; signs: string[]; experiments: string[]; outcomes: number | null; text: string
}

/** One thing that was seen. */
type Sign = { cause: RetrainCause; version: string; id: string; experiment: string | null; text: string }

const versionOf = ({ variants }: Serving, variant: string | null): string | null =>
  variants.find(({ key }) => key === variant)?.version ?? null

/** What an experiment's holds say: of one variant its version, of all alike the champion. */
const heldSigns = ({ champion, experiments }: RetrainFacts): Sign[] =>
  experiments.flatMap((experiment) => experiment.holds.flatMap(({ reason, variant, metric, since, text }): Sign[] => {
    const version = variant === null ? champion?.version ?? null : versionOf(experiment, variant)
    if ((reason !== 'drift' && reason !== 'degradation') || version === null) return []
    const id = [experiment.key, variant ?? '', metric ?? '', since].join(' ')
    return [{ cause: reason, version, id, experiment: experiment.key, text: `${text} (${experiment.key})` }]
  }))

const watchSigns = ({ champion }: RetrainFacts): Sign[] =>
  champion === null ? [] : champion.alerts.flatMap(({ kind, metric, since, over, text }): Sign[] =>
    kind === 'limit' || over !== undefined || Date.parse(since) <= champion.since.getTime() ? []
      : [{ cause: kind, version: champion.version, id: ['watch', metric, since].join(' '), experiment: null, text }])

type Evidence = { worstSegment?: { metric: string } & SegmentHarm; variants?: Record<string, Evidence> }

/** Several variants that were stopped at once have their evidence side by side. */
const forgottenSigns = ({ stopped }: RetrainFacts): Sign[] =>
  stopped.flatMap((one) => {
    const evidence = one.evidence as Evidence
    const each = one.variant === null ? Object.entries(evidence.variants ?? {}) : [[one.variant, evidence] as const]
    return each.flatMap(([variant, { worstSegment: worst }]): Sign[] => {
      const version = versionOf(one, variant)
      if (worst?.verdict !== 'FAIL' || version === null) return []
      const text = `${variant} is worse than the control on ${worst.metric} where ${worst.segment} is ${worst.value} (${one.key})`
      return [{ cause: 'forgetting', version, id: `decision ${one.decision}`, experiment: one.key, text }]
    })
  })

const countedCall = ({ retrain: { everyOutcomes }, champion, told }: RetrainFacts): RetrainCall[] => {
  if (champion === null || everyOutcomes === undefined) return []
  const { version, since, outcomes } = champion
  const before = told.filter((one) => one.version === version && Date.parse(one.at) >= since.getTime()).map((one) => one.outcomes ?? 0)
  const further = outcomes - Math.max(0, ...before)
  if (further < everyOutcomes) return []
  const text = `${count(further)} further outcomes of its champion traffic have come, where every ${count(everyOutcomes)} call for it`
  return [{ cause: 'outcomes', version, signs: [], experiments: [], outcomes, text }]
}

/**
 * Which versions should be trained again, and why, that nobody was told of: at most one call a cause, version and day of
 * UTC. What was seen is told once, however long it stays; what begins anew on the same day waits for the next, if it is
 * there still.
 */
export const retrainCalls = (facts: RetrainFacts): RetrainCall[] => {
  const { retrain, now, champion, told } = facts
  const today = dayName(dayAt(now.getTime()))
  const isTold = ({ cause, version }: Pick<RetrainCall, 'cause' | 'version'>): boolean =>
    told.some((one) => one.cause === cause && one.version === version && one.at.startsWith(today))
  const wanted = [...heldSigns(facts), ...watchSigns(facts), ...forgottenSigns(facts)]
    .filter(({ cause }) => retrain.on.some((one) => one === cause))
  const seen = [...Map.groupBy(wanted, ({ cause, version }) => `${cause} ${version}`).values()].flatMap((signs): RetrainCall[] => {
    const { cause, version } = signs[0]!
    const known = new Set(told.filter((one) => one.cause === cause && one.version === version).flatMap((one) => one.signs))
    if (signs.every(({ id }) => known.has(id))) return []
    return [{
      cause, version, signs: signs.map(({ id }) => id), experiments: [...new Set(signs.flatMap(({ experiment }) => experiment ?? []))],
      outcomes: champion?.version === version ? champion.outcomes : null, text: signs.map(({ text }) => text).join('; '),
    }]
  })
  return [...seen, ...countedCall(facts)].filter((call) => !isTold(call))
}

/** Why, as a sentence. */
export const retrainWords = ({ version, text }: Pick<RetrainCall, 'version' | 'text'>): string =>
  `Version ${version} should be trained again: ${text}. No traffic was moved.`
