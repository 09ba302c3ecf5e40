import type { Random } from '../../../stats/random.ts'
import type { Analysis } from '../analyze/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { EpochData, ExperimentFacts, GenerationDay } from '../analyze/analysis-input.ts'
import { banditOf } from '../define/bandit-stage.ts'
import { carryOut } from '../decide/carry-out.ts'
import { bakeOf, partsOf } from '../analyze/bake.ts'
import type { Decision } from '../decide/decision.ts'
import { decideAll } from '../decide/decide-all.ts'
import { isUnderWay } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { dayAt } from '../analyze/generations.ts'
import { isMatured } from '../analyze/maturity.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import { reportableAt, silentAfterMs } from '../define/reporting.ts'
import { plan } from '../decide/transition.ts'
import type { Context } from '../decide/wish.ts'
import { addArms, come, type Delays, emptyEpoch, mergeEpochs, type Reports } from './data.ts'
import { addToDay, dailyOf } from './days.ts'
import { applied, draft, simulatedFrom } from './facts.ts'
import { arrivedBy, type OnTheWay, receive, sendLate } from './late.ts'
import { simulationPlan } from './plan.ts'
import { type Design, isThere, isWrong, trueGain } from './truth.ts'
import { drawsOf, type DrawUnit } from './world.ts'

const dayMs = 86_400_000
const start = simulatedFrom

/** A decision that was acted on, and what is known of it only in a simulation: whether it was right. */
export type Acted = { action: Decision['action']; variant: string | null; wrong: boolean; day: number }

export type Run = {
  acted: Acted[]
  state: ExperimentFacts['state']
  winner: string | null
  days: number
  units: number
  /** Sum over all units up to maxDuration of what the best variant would have given more; null without a decision metric. */
  regret: number | null
}

/** The weights with which units of an epoch are drawn: in a bake the winner's in two parts, of which the second follows the variants. */
const drawnIn = (facts: ExperimentFacts, weights: number[]): number[] => {
  const bake = bakeOf(facts)
  if (!bake) return weights
  const { sample, rest } = partsOf(weights, bake)
  return [...weights.with(bake.winner, sample), rest]
}

/** An epoch of a bake as it is analysed: the winner's weight is that of both its parts. */
const wholeWeights = (facts: ExperimentFacts) => (epoch: EpochData): EpochData => {
  const bake = bakeOf(facts)
  if (!bake) return epoch
  const [sample, rest] = [epoch.weights[bake.winner] ?? 0, epoch.weights[bake.rest] ?? 0]
  return { ...epoch, weights: epoch.weights.slice(0, bake.rest).with(bake.winner, sample + rest) }
}

/** Do both epochs count, or neither, for what the step in force asks, and for the same day where silence is judged by days? */
const sameStep = ({ progress, frozen }: ExperimentFacts, one: EpochData, other: EpochData): boolean =>
  (!frozen?.completeness || dayAt(one.startedAt.getTime()) === dayAt(other.startedAt.getTime())) &&
  one.coverage === other.coverage && (one.epoch >= (progress?.from ?? 0)) === (other.epoch >= (progress?.from ?? 0))

/** Units of a stretch of time: a Poisson count, normal where it is large. */
const arrivals = (random: Random, mean: number): number => {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()))
  let count = 0
  for (let waited = random.exponential(); waited < mean; waited += random.exponential()) count++
  return count
}

/**
 * One whole experiment under its own policy: units come, the same analysis and the same rules look again and again, and
 * what they decide is done, until the experiment ends. The same random source gives the same run.
 *
 * @param looked told of every analysis, before anything is decided of it
 * @throws {RangeError} when the definition cannot start; check it before
 */
export const simulateRun = (design: Design, random: Random, looked: (analysis: Analysis) => void = () => {}): Run => {
  const { definition, metrics, request } = design
  const control = Math.max(0, definition.variants.findIndex((variant) => variant.control))
  const { lookMs, looks } = simulationPlan(definition, request)
  const windowMs = requireDurationMs(definition.window)
  const epochMs = requireDurationMs(definition.epochLength)
  const periodMs = request.drift ? Math.max(1, requireDurationMs(request.drift.period)) : 1
  const former = definition.variants[control]?.version ?? null
  const contextOf = ({ state, winner }: ExperimentFacts): Context => {
    const promoted = definition.variants.find(({ key }) => state === 'baking' && key === winner)?.version
    return promoted === undefined ? { champion: former, beforePromotion: null, metrics } : { champion: promoted, beforePromotion: former, metrics }
  }

  const started = plan(draft(design), { action: 'start', reason: 'simulated', actor: 'simulation' }, contextOf(draft(design)))
  if ('refused' in started || !started.metrics || !started.next) throw new RangeError(`the experiment cannot start: ${'refused' in started ? started.message : ''}`)
  const plans: MetricPlan[] = started.metrics
  let facts = applied(draft(design), started, start, 1)
  // where epochs are looked at one by one they stay apart
  const apart = definition.policy.method === 'exact' || definition.metrics.some(({ limit }) => limit !== undefined)
  const servedBy = (arm: number): number => (arm < definition.variants.length ? arm : (bakeOf(facts)?.winner ?? control))
  const worlds = plans.map((one): DrawUnit => {
    const draw = drawsOf(one, request.truth[one.key]!, definition.variants.map(({ key }) => request.truth[one.key]?.effects[key] ?? 0))
    // the arm after the variants is the winner of a bake once more
    // before effects are there all are like the control
    return (of, arm, level) => draw(of, isThere(design, one.key, now.getTime() - start.getTime()) ? servedBy(arm) : control, level)
  })
  const reports: Reports = {
    silence: (arm) => request.silence?.[definition.variants[servedBy(arm)]?.key ?? ''] ?? 0,
    within: silentAfterMs(facts) / lookMs,
  }

  const way: OnTheWay = new Map()
  const delayed: Omit<Delays, 'send'> = {
    means: plans.map(({ key }) => requireDurationMs(request.truth[key]?.delay ?? 'PT0S') / lookMs),
    most: windowMs === 0 ? Infinity : windowMs / lookMs,
    perUnit: plans.map(({ kind }) => kind === 'conversion' || kind === 'total'),
  }

  const decisive = definition.metrics.find(({ role }) => role === 'decision')?.metric
  const losses = definition.variants.map((_, arm) =>
    decisive === undefined ? 0 : Math.max(...definition.variants.map((_, other) => trueGain(design, decisive, other, arm))),
  )
  const run: Run = { acted: [], state: facts.state, winner: null, days: 0, units: 0, regret: decisive === undefined ? null : 0 }
  const serve = (arm: number, units: number): void => {
    if (run.regret !== null) run.regret += units * (losses[arm] ?? 0)
  }

  let now = start
  let decided: Date | null = null
  let open = emptyEpoch(1, started.next.coverage, started.next.weights, plans.length, now)
  let waiting: EpochData[] = []
  let matured: EpochData[] = []
  let days: GenerationDay[] = []
  // a bake has as much time again
  for (let look = 1; look <= (facts.state === 'baking' ? 2 * looks : looks); look++) {
    const before = now
    now = new Date(start.getTime() + look * lookMs)
    const came = arrivals(random, (request.traffic.unitsPerDay * open.coverage * lookMs) / dayMs)
    const phase = (2 * Math.PI * (before.getTime() - start.getTime())) / periodMs
    const counted = open.arms.map(({ units }) => units)
    const epochs = receive([...matured, ...waiting, open], arrivedBy(way, look))
    ;[matured, waiting, open] = [epochs.slice(0, matured.length), epochs.slice(matured.length, -1), epochs.at(-1) ?? open]
    const send: Delays['send'] = (later, late) => sendLate(way, look + later, late)
    const level = 1 + (request.drift?.amplitude ?? 0) * Math.sin(phase)
    const fresh = come(open, came, worlds, level, random, { ...delayed, send }, reports)
    open = { ...open, arms: addArms(open.arms, fresh) }
    const daily = dailyOf(definition, plans, { stage: facts.stage, bake: facts.state === 'baking' })
    if (daily) {
      const expected = (request.traffic.unitsPerDay * request.traffic.returning * open.coverage * lookMs) / dayMs
      const back = expected > 0 ? come(open, arrivals(random, expected), worlds, level, random, { ...delayed, send: () => {} }, reports) : []
      days = addToDay(days, daily, wholeWeights(facts)(open), before, addArms(fresh, back))
    }
    if (look <= looks) open.arms.forEach(({ units }, arm) => serve(servedBy(arm), units - (counted[arm] ?? 0)))
    run.units += came
    const bandit = banditOf(facts) !== null
    if (!bandit && now.getTime() - open.startedAt.getTime() >= epochMs) {
      waiting.push({ ...open, endedAt: now })
      open = emptyEpoch(open.epoch + 1, open.coverage, open.weights, plans.length, now)
    }
    const ready = waiting.filter((epoch) => isMatured(epoch, windowMs, now) && reportableAt(facts, epoch) <= now.getTime())
    waiting = waiting.filter((epoch) => !ready.includes(epoch))
    for (const epoch of ready) {
      const last = matured.at(-1)
      const alike = last !== undefined && !bandit && !apart && sameStep(facts, last, epoch)
      matured = alike ? [...matured.slice(0, -1), mergeEpochs(last, epoch)] : [...matured, epoch]
    }

    const epochsNow = [...matured, ...waiting, open]
    const analysis = analyze({
      experiment: facts, metrics: plans, now, latestDecision: null, champion: contextOf(facts).champion,
      epochs: facts.state === 'baking' ? epochsNow.map(wholeWeights(facts)) : epochsNow,
      ...(days.length > 0 && { generations: days }),
    })
    looked(analysis)
    const { decisions, looks: memory, holds, turn } = decideAll(analysis)
    for (const decision of decisions.length === 0 ? [null] : decisions) {
      const change = carryOut(facts, { decision, looks: memory, holds, turn }, contextOf(facts), null, 0)
      if (change === null || 'refused' in change) break
      facts = applied(facts, change, now, open.epoch + 1)
      if (decision?.status === 'applied' && decision.action !== 'reallocate' && decision.action !== 'hold' && decision.action !== 'ramp') {
        const { action, variant } = decision
        run.acted.push({ action, variant, wrong: isWrong(design, decision, control, now.getTime() - start.getTime()), day: (look * lookMs) / dayMs })
      }
      if (change.next) {
        waiting.push({ ...open, endedAt: now })
        open = emptyEpoch(open.epoch + 1, change.next.coverage, drawnIn(facts, change.next.weights), plans.length, now)
        if (change.next.frozen) open.frozen = change.next.frozen
        if (change.next.scope === 'new') [waiting, matured, days] = [[], [], []]
      }
    }
    if (facts.state !== 'running' && facts.state !== 'paused') decided ??= now
    if (!isUnderWay(facts.state)) break
  }
  run.state = facts.state
  run.winner = facts.winner
  run.days = ((decided ?? now).getTime() - start.getTime()) / dayMs
  const winner = facts.state === 'rolled_back' ? -1 : definition.variants.findIndex(({ key }) => key === facts.winner)
  const left = Math.max(0, start.getTime() + looks * lookMs - now.getTime()) / dayMs
  serve(winner < 0 ? control : winner, left * request.traffic.unitsPerDay)
  return run
}
