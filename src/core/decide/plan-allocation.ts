import { dimensionsOf } from '../../assign/context.ts'
import type { ContextRule } from '../../assign/snapshot.ts'
import { allocate, constrainWeights, type Standing } from '../../../stats/index.ts'
import { type Allocated, type AllocationInputs, allocateWeights, longestStep } from '../adaptive/allocation.ts'
import type { Belief } from '../adaptive/belief.ts'
import type { Analysis } from '../analyze/analysis.ts'
import type { EpochData } from '../analyze/analysis-input.ts'
import { banditOf } from '../define/bandit-stage.ts'
import { allocateContextual, type ContextualInputs } from '../contextual/allocation.ts'
import { contextsOf } from '../contextual/belief.ts'
import { contextualOf } from '../contextual/stage.ts'
import type { BanditStage } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { drillCheck } from '../drills/standing.ts'
import { floorAfter } from '../drift/unrest.ts'
import { holdWords } from './holds.ts'
import { harmsOf } from './kills.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { isMatured } from '../analyze/maturity.ts'
import { count, percent, plural, span } from '../describe/wording.ts'

/** A smaller change of every weight is not worth an epoch. */
const leastStep = 0.005
/** A bandit moves at most so often in an experiment's longest life. */
const mostReallocations = 500

/** The memory key of the last reallocation, with the digest of the data it came from. */
export const reallocateLooks = 'reallocate'

/** What a wider floor follows from: it adds to what every variant has. */
export type WidenInputs = { algorithm: 'widen'; floor: number; standings: Standing[]; current: number[] }

/** What a bandit does at one look: move, or why it keeps its weights. */
export type Allocation =
  | { act: 'keep'; why: string }
  | {
      act: 'move'
      inputs: AllocationInputs | ContextualInputs | WidenInputs
      /** `context` is by what units are drawn then, each with shares of its own; the weights say what all together get. */
      allocated: Pick<Allocated, 'weights' | 'probability'> & { context?: ContextRule }
      rule: string
      reason: string
      evidence: Record<string, unknown>
    }

/** Milliseconds between two reallocations. */
export const intervalMs = ({ interval }: BanditStage, maxDuration: string): number =>
  Math.max(requireDurationMs(interval), requireDurationMs(maxDuration) / mostReallocations)

/** When the weights in force came into force: not at the clock's last turn, but at the last change. */
export const movedAt = (epochs: readonly EpochData[]): Date | null => {
  const last = epochs.at(-1)
  if (!last) return null
  const changed = epochs.findLastIndex(({ weights, frozen }) =>
    longestStep(weights, last.weights) > 0 || frozen?.context?.moves !== last.frozen?.context?.moves)
  return epochs[changed + 1]?.startedAt ?? null
}

const keep = (why: string): Allocation => ({ act: 'keep', why })

/**
 * The next weights of a bandit stage, or why they stay. It moves on fresh matured data alone, not before every live arm
 * has its first outcomes, not too often, and not while anything is wrong with the data.
 *
 * @returns null where no bandit is running
 */
export const planAllocation = (analysis: Analysis, belief: Belief | null): Allocation | null => {
  const { experiment, epochs, now } = analysis.input
  const stage = banditOf(experiment)
  const current = epochs.at(-1)?.weights
  if (!stage || !current || experiment.state !== 'running') return null

  const standings = experiment.variants.map((_, arm) => standingOf(analysis, arm, stage))
  const wide = floorAfter(stage.floor, standings.filter((standing) => standing !== 'closed').length, analysis.alarmedAt, now.getTime())
  const wider = widened(analysis, standings, current, wide)
  if (wider) return wider
  const waiting = fewest(analysis, standings, stage) ?? heldBy(analysis)
  if (waiting !== null) return keep(waiting)
  const leastMs = intervalMs(stage, experiment.definition.policy.maxDuration)
  if (now.getTime() < (movedAt(epochs)?.getTime() ?? 0) + leastMs) return keep(`the weights moved less than ${span(leastMs)} ago`)
  if (experiment.looks[reallocateLooks]?.digest === analysis.digest) return keep('no data has matured since the weights moved')
  const { algorithm, cap, maxStep } = stage
  if (algorithm === 'contextual') return inContext(analysis, standings, wide)
  if (belief === null) return keep('all units have the same value so far')

  const inputs: AllocationInputs = { belief, algorithm, floor: wide, cap, maxStep, standings, current }
  const allocated = allocateWeights(inputs)
  if (!allocated) return keep('no variant may receive more')
  if (longestStep(current, allocated.weights) < leastStep) return keep('the weights would hardly change')
  const named = namer(analysis)
  return {
    act: 'move', inputs, allocated,
    rule: `bandit-${algorithm}`,
    reason: `${shift(current, allocated.weights, experiment.variants.map(({ key }) => key))}: ${chancesIn(calledIn(analysis, belief.metric), named(allocated.probability, belief.arms))}.`,
    evidence: {
      ...movedBy(analysis, allocated, belief.arms),
      expectedLoss: named(allocated.expectedLoss, belief.arms),
      error: allocated.error,
      inputs,
    },
  }
}

/** What people call the metric that a belief is about. */
const calledIn = ({ input: { metrics } }: Analysis, key: string): string => nameOf(metrics.find((plan) => plan.key === key) ?? { key })

/** Values by the keys of their variants. */
const namer = ({ input: { experiment: { variants } } }: Analysis) =>
  <Value>(values: readonly Value[], arms = values.map((_, arm) => arm)): Record<string, Value> =>
    Object.fromEntries(arms.map((arm, place) => [variants[arm]?.key ?? String(arm), values[place] as Value]))

/** What the ledger keeps of every move: the data it came from, what each variant gets, and its chance to be best. */
const movedBy = (analysis: Analysis, { weights, probability }: Pick<Allocated, 'weights' | 'probability'>, arms: number[]): Record<string, unknown> => ({
  digest: analysis.digest,
  scope: analysis.input.experiment.scope,
  asOf: analysis.report.asOf,
  propensities: namer(analysis)(weights),
  probabilityBest: namer(analysis)(probability, arms),
})

/** The next rule of a contextual bandit: with every move what was learnt counts more, and the newest data is in it. */
const inContext = (analysis: Analysis, standings: Standing[], floor: number): Allocation => {
  const { experiment, epochs } = analysis.input
  const stage = contextualOf(experiment)
  const belief = analysis.contextual
  if (!stage || !belief) return keep('too few units, or all have the same value so far')
  const { context, cap, maxStep } = stage
  const last = epochs.at(-1)
  const inputs: ContextualInputs = {
    algorithm: 'contextual', belief, context, floor, cap, maxStep, standings, moves: last?.frozen?.context?.moves ?? 0,
    contexts: contextsOf(analysis.input, dimensionsOf(context)),
  }
  const allocated = allocateContextual(inputs)
  if (!allocated) return keep('no variant may receive more')
  const named = namer(analysis)
  const moved = shift(last?.weights ?? [], allocated.weights, experiment.variants.map(({ key }) => key))
  return {
    act: 'move', inputs, allocated, rule: 'bandit-contextual',
    reason: `By the attributes of each unit, over all ${moved === '' ? 'as before' : moved}: ${chancesIn(calledIn(analysis, belief.metric), named(allocated.probability, belief.arms))}.`,
    evidence: {
      ...movedBy(analysis, allocated, belief.arms),
      inputs,
    },
  }
}

/**
 * Once the world has changed every variant gets a little more, at once and while everything else is held: what was learnt
 * may be wrong now, and only traffic shows it. Null where each has enough, or something else holds as well.
 */
const widened = (analysis: Analysis, standings: Standing[], current: readonly number[], floor: number): Allocation | null => {
  const { holds, input: { experiment }, report } = analysis
  const changed = holds.filter(({ reason }) => reason === 'drift' || reason === 'degradation')
  const short = standings.some((standing, arm) => standing !== 'closed' && (current[arm] ?? 0) < floor - leastStep)
  if (changed.length === 0 || changed.length < holds.length || contextualOf(experiment) || !short) return null
  const inputs: WidenInputs = { algorithm: 'widen', floor, standings, current: [...current] }
  const best = constrainWeights(current, standings, 0)
  const weights = best && allocate(best, null, { algorithm: 'thompson', floor, standings })
  if (!weights) return null
  return {
    act: 'move', inputs, allocated: { weights, probability: [] }, rule: 'bandit-widen',
    reason: `Every variant gets at least ${percent(floor)} for a week, ${shift(current, weights, experiment.variants.map(({ key }) => key))}: ${holdWords(changed)}.`,
    evidence: { digest: analysis.digest, scope: experiment.scope, asOf: report.asOf, propensities: namer(analysis)(weights), inputs },
  }
}

/** A guardrail that fails closes an arm; one that says nothing yet holds it at the floor, where the stage wants that. */
const standingOf = (analysis: Analysis, arm: number, { unproven }: BanditStage): Standing => {
  if (analysis.input.experiment.variants[arm]?.status !== 'live') return 'closed'
  const own = analysis.guardrails.filter(({ ordinal }) => ordinal === arm)
  if (harmsOf(analysis).some(({ ordinal }) => ordinal === arm)) return 'closed'
  return unproven === 'floor' && own.some(({ verdict }) => verdict !== 'PASS') ? 'held' : 'open'
}

/** Until every arm that may receive has its first matured outcomes, the weights stay as they are. */
const fewest = ({ input }: Analysis, standings: readonly Standing[], { minOutcomes }: BanditStage): string | null => {
  const { definition, variants } = input.experiment
  const windowMs = requireDurationMs(definition.window)
  const matured = input.epochs.filter((epoch) => isMatured(epoch, windowMs, input.now))
  const outcomes = (arm: number): number => matured.reduce((sum, { arms }) => sum + (arms[arm]?.outcomes ?? 0), 0)
  const short = variants.findIndex((_, arm) => standings[arm] !== 'closed' && outcomes(arm) < minOutcomes)
  if (short < 0) return null
  return `${count(outcomes(short))} of ${count(minOutcomes)} ${plural('outcome', minOutcomes)} of ${variants[short]?.key} have matured`
}

/** What holds every gain. */
const heldBy = ({ report, holds }: Analysis): string | null => {
  if (holds.length > 0) return holdWords(holds)
  return report.health.find(({ check, verdict }) => verdict !== 'PASS' && check !== drillCheck && check !== 'drift')?.text ?? null
}

const shift = (from: readonly number[], to: readonly number[], keys: readonly string[]): string =>
  keys
    .flatMap((key, arm) => {
      const [before, after] = [percent(from[arm] ?? 0), percent(to[arm] ?? 0)]
      return before === after ? [] : [`${key} from ${before} to ${after}`]
    })
    .join(', ')

const chancesIn = (metric: string, chances: Record<string, number>): string => {
  const [first, ...others] = Object.entries(chances)
    .toSorted(([, a], [, b]) => b - a)
    .map(([key, chance]) => `${key} ${percent(chance)}`)
  return `the chances to be best on ${metric} are ${[first, ...others].join(', ')}`
}
