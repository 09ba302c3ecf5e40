import {
  addLook, benjaminiHochberg, calibrateMixture, compareAdjusted, compareClusteredQuantiles, compareQuantiles, compareRegimes,
  type Compared, type ComparedAdjusted, type Epoch2x2, exactRho, holm, type Level, newSchedule, probabilityBest, quantileTest,
  sampleRatio, twoSided, twoSidedP,
} from '../../stats/index.ts'
import { invalid } from '../errors.ts'
import { type Arm, armOf, centerOf, controlOf, defaultUnits, ownInterval, posteriorOf } from './analysis-arms.ts'
import { type AnalysedMetric, type AnalysisRequest, metricsOf, type Sample } from './analysis-request.ts'
import { wordsOf } from './compare.ts'
import { finite, interval } from './intervals.ts'
import { methods } from './methods/index.ts'
import { byMarginBet } from './methods/margin-bet.ts'
import type { Answer, PlannedLooks, Question } from './methods/method.ts'
import type { Comparison, Interval, Verdict } from './report.ts'
import { sampleRatioLevel } from './sample-ratio.ts'
import { count } from './wording.ts'

export type AnalysedComparison = Omit<Comparison, 'role' | 'immature'> & {
  /** Over all comparisons, as `adjust` asks for; null without it. */
  adjustedPValue: number | null
  /** What the covariate did; null without one. */
  covariate: { theta: number; reduction: number | null } | null
}

/** What a request comes to. Never NaN or infinite; what is not known is null, and said in `warnings`. */
export type AnalysisAnswer = {
  method: AnalysisRequest['method']
  alpha: number
  sides: 1 | 2
  adjust: AnalysisRequest['adjust']
  variants: (Interval & { metric: string; key: string; n: number; probabilityBest: number | null; expectedLoss: number | null })[]
  comparisons: AnalysedComparison[]
  sampleRatio: { observed: number[]; expected: number[]; pValue: number; verdict: Verdict } | null
  warnings: string[]
}

/** Analyse summary numbers by the very methods that experiments are judged with. Pure: the same request, the same answer. */
export const analyzeRequest = (request: AnalysisRequest): AnalysisAnswer => {
  const metrics = metricsOf(request)
  const total = metrics.reduce((sum, { variants }) => sum + variants.length - 1, 0)
  const analysed = metrics.map((metric) => analysedMetric(request, metric, total))
  const judged = adjust(request, analysed.flatMap(({ pairs }) => pairs))
  return {
    method: request.method,
    alpha: request.alpha,
    sides: request.sides,
    adjust: request.adjust,
    variants: analysed.flatMap(({ variants }) => variants),
    comparisons: judged.map(({ comparison }) => comparison),
    sampleRatio: metrics[0] ? sampleRatioOf(metrics[0]) : null,
    warnings: [...new Set([...analysed.flatMap(({ warnings }) => warnings), ...judged.flatMap(({ warnings }) => warnings)])],
  }
}

type Pair = { comparison: AnalysedComparison; warnings: string[] }

const analysedMetric = (request: AnalysisRequest, metric: AnalysedMetric, total: number) => {
  const arms = metric.variants.map((sample) => armOf(metric, sample))
  const control = controlOf(metric.variants)
  const own = arms.find(({ sample }) => sample === control) as Arm
  const hypotheses = request.adjust === 'none' ? metric.variants.length - 1 : total
  const pairs = arms.filter((arm) => arm !== own).map((arm) => pairOf(request, metric, own, arm, hypotheses))
  const chances = chancesOf(metric, arms)
  const variants = arms.map((arm, index) => ({
    metric: metric.metric, key: arm.sample.key, n: arm.n, ...ownInterval(request, metric, arm),
    probabilityBest: finite(chances?.probability[index]), expectedLoss: finite(chances?.expectedLoss[index]),
  }))
  const warnings = [
    ...arms.filter(({ n }) => n < 2).map(({ n, sample }) => `${metric.metric}, ${sample.key}: ${n === 0 ? 'there are no units' : 'there is one unit'}, so nothing can be compared.`),
    ...(chances ? [] : [`${metric.metric}: the chances to be the best are not known, because the variance of a variant is not.`]),
  ]
  return { pairs, variants, warnings }
}

const chancesOf = (metric: AnalysedMetric, arms: readonly Arm[]) => {
  const posteriors = arms.map((arm) => (arm.n === 0 ? null : posteriorOf(metric, arm)))
  const known = posteriors.filter((one) => one !== null)
  if (known.length < arms.length) return null
  return probabilityBest(known, metric.direction === 'decrease' ? 'lowest' : 'highest')
}

const pairOf = (request: AnalysisRequest, metric: AnalysedMetric, a: Arm, b: Arm, hypotheses: number): Pair => {
  const { method, sides, alpha } = request
  const share = alpha / hypotheses
  const rho = exactRho(request.plannedUnits ?? defaultUnits, share, sides)
  const level: Level = { alpha: share / sides, rho }
  const margin = metric.margin ?? 0
  const direction = metric.direction ?? 'increase'
  const asked = request.adjust === 'none' ? hypotheses : 1
  const compared = comparedOf(request, metric, a, b, { direction, promote: level, harm: level, margin, hypotheses: asked })
  // a fixed test of few units is one of its own; what it lacks is told, and no reason to be silent
  const few = method === 'fixed' || method === 'group-sequential' ? compared.missing : []
  const known = { ...compared, missing: few.length > 0 ? [] : compared.missing }
  const question: Question = {
    compared: known, direction, levels: { gain: level, harm: level }, margin, harmMargin: margin, hypotheses: asked,
    blocks: () => blocksOf(a, b),
    plan: planOf(request, known.n),
    before: looksBefore(request, metric, known.n, level.alpha),
  }
  const answer = sides === 1 ? judge(request, a, question) : twice(request, metric, a, b, question, { alpha: share, rho })
  const verdict = a.n + b.n === 0 ? 'NO_TRAFFIC' : verdictOf(answer)
  const settled = verdict === 'PASS' || (sides === 2 && verdict === 'FAIL')
  const adjusted = 'theta' in compared ? (compared as ComparedAdjusted) : null
  const comparison: AnalysedComparison = {
    metric: metric.metric, variant: b.sample.key, control: a.sample.key,
    difference: answer.difference, relative: answer.relative, pValue: answer.pValue, adjustedPValue: null,
    significant: settled, verdict,
    evidence: { value: finite(answer.evidence.value), needed: answer.evidence.needed, decides: true },
    ...(answer.look && request.plannedUnits !== undefined && { look: answer.look }),
    covariate: adjusted && { theta: adjusted.theta, reduction: finite(adjusted.reduction) },
  }
  const warnings = compared.warnings.filter(({ code }) => code !== 'regime_dropped')
  return { comparison, warnings: [...wordsOf({ warnings }, comparison, answer), ...notesOf(request, metric, a, b, { few, adjusted, answer })] }
}

const verdictOf = ({ missing, insufficient, pValue, evidence, wins, loses }: Answer): Verdict => {
  if (missing.length > 0 || insufficient || (pValue === null && evidence.value === null)) return 'INSUFFICIENT'
  if (wins) return 'PASS'
  return loses ? 'FAIL' : 'INCONCLUSIVE'
}

type Options = Parameters<typeof compareRegimes>[1]

const comparedOf = (request: AnalysisRequest, metric: AnalysedMetric, a: Arm, b: Arm, options: Options): Compared => {
  const { quantile = 0.5 } = metric
  if (a.buckets && b.buckets) {
    const arms = { a: a.buckets, b: b.buckets, quantile }
    if (request.method === 'sequential') return compareQuantiles(arms, options, tuningOf(request))
    return compareClusteredQuantiles({ ...arms, units: { a: a.n, b: b.n } }, options)
  }
  const center = centerOf(metric)
  const negative = [a, b].some(({ moments }) => moments.sumX + center * moments.sumY < 0)
  const full = { ...options, center, share: metric.kind === 'conversion', signed: metric.signed ?? negative }
  if (a.covariate && b.covariate) return compareAdjusted([{ a: a.covariate, b: b.covariate }], full)
  return compareRegimes([{ a: a.moments, b: b.moments }], full)
}

const tuningOf = ({ plannedUnits = defaultUnits, alpha }: AnalysisRequest) => ({ units: plannedUnits / 2, alpha })

/** Closed epochs, or all units as one. Where no weights are told, units stand for the chances with which they were drawn. */
const blocksOf = (a: Arm, b: Arm): Epoch2x2[] => {
  const weights = a.sample.weight !== undefined && b.sample.weight !== undefined
  const [shareA, shareB] = weights ? [a.sample.weight ?? 0, b.sample.weight ?? 0] : [a.n, b.n]
  const counts = ({ n, moments }: Arm) => ({ n, successes: moments.sumX })
  if (!a.sample.epochs) return [{ a: counts(a), b: counts(b), propensityA: shareA, propensityB: shareB }]
  return a.sample.epochs.map((epoch, index): Epoch2x2 => {
    const other = b.sample.epochs?.[index] ?? { n: 0, successes: 0 }
    const told = epoch.weight !== undefined && other.weight !== undefined
    return {
      a: { n: epoch.n, successes: epoch.successes },
      b: { n: other.n, successes: other.successes },
      propensityA: told ? (epoch.weight ?? 0) : shareA,
      propensityB: told ? (other.weight ?? 0) : shareB,
    }
  })
}

/** Totals are one epoch, from which the exact test can learn nothing: there the margin bet is as exact, and decides. */
const judge = ({ method }: AnalysisRequest, a: Arm, question: Question): Answer =>
  method === 'exact' && !a.sample.epochs ? byMarginBet(question, question.blocks() ?? []) : methods[method](question)

/** Two-sided: sequences have a form of their own; other tests are asked both ways, at half the level each. */
const twice = (request: AnalysisRequest, metric: AnalysedMetric, a: Arm, b: Arm, question: Question, level: Level): Answer => {
  const { compared, direction, hypotheses } = question
  const answer = judge(request, a, question)
  const opposite = direction === 'increase' ? 'decrease' : 'increase'
  if (request.method !== 'sequential') {
    const other = judge(request, a, { ...question, direction: opposite })
    const p = answer.pValue === null || other.pValue === null ? null : Math.min(1, 2 * Math.min(answer.pValue, other.pValue))
    return { ...answer, pValue: p, loses: !answer.wins && other.wins }
  }
  const { estimate, se } = compared.difference
  const needed = level.alpha * hypotheses
  const said = (pValue: number | null, more: Partial<Answer>): Answer => {
    const wins = pValue !== null && pValue <= needed
    const better = direction === 'increase' ? (estimate ?? 0) > 0 : (estimate ?? 0) < 0
    const value = pValue === null ? null : 1 / Math.max(pValue, 1e-300)
    return { ...answer, ...more, pValue, wins: wins && better, loses: wins && !better, evidence: { value, needed: 1 / needed } }
  }
  if (a.buckets && b.buckets) {
    const { pValue } = quantileTest(a.buckets, b.buckets, metric.quantile ?? 0.5, tuningOf(request))
    return said(answer.pValue === null ? null : Math.min(1, pValue * hypotheses), {})
  }
  if (estimate === null || se === null) return answer
  const around = (of: Compared['difference']) =>
    of.estimate === null || of.se === null ? interval(of) : interval(twoSided({ estimate: of.estimate, se: of.se, n: compared.n }, level))
  const p = twoSidedP({ estimate, se, n: compared.n }, level.rho)
  return said(Math.min(1, p * hypotheses), { difference: around(compared.difference), relative: around(compared.relative) })
}

const planOf = ({ plannedUnits, looks = [], spending, method }: AnalysisRequest, n: number): Question['plan'] => {
  const units = plannedUnits ?? Math.max(1, n)
  const now = method === 'group-sequential' && n > 0 && n < units ? [n / units, 1] : [1]
  return { units, looks: [...looks.map((one) => one / units), ...now], spending: spending ?? { kind: 'obrien-fleming' }, due: null }
}

/** The boundaries of the looks before this one follow from when they were taken. */
const looksBefore = (request: AnalysisRequest, { metric }: AnalysedMetric, n: number, alpha: number): PlannedLooks | null => {
  const { looks = [], plannedUnits, spending = { kind: 'obrien-fleming' }, method } = request
  const last = looks.at(-1)
  if (method !== 'group-sequential' || plannedUnits === undefined || last === undefined) return null
  if (n > 0 && n <= last) throw invalid('invalid_definition', 'looks', `must lie below the units of every pair: ${metric} has ${count(n)} now`)
  const taken = looks.map((units) => units / plannedUnits).reduce(addLook, newSchedule({ alpha, sides: 1, spending })).looks
  const open: Interval = { estimate: null, lower: null, upper: null }
  const said = { difference: open, relative: open, pValue: null, wins: false, loses: false, evidence: { value: null, needed: Number.MAX_VALUE } }
  return n === 0 ? null : { gain: taken, harm: taken, units: [...looks], said }
}

const notesOf = (
  request: AnalysisRequest, metric: AnalysedMetric, a: Arm, b: Arm,
  { few, adjusted, answer }: { few: Compared['missing']; adjusted: ComparedAdjusted | null; answer: Answer },
): string[] => {
  const pair = `${metric.metric}, ${b.sample.key} against ${a.sample.key}`
  const notes: string[] = []
  const [first] = few.length > 0 ? few : answer.missing
  if (first) {
    const have = `${count(Math.floor(first.current))} of ${count(first.needed)} ${first.what}`
    notes.push(few.length > 0 ? `few data for a normal approximation (${have}).` : `too early to decide: ${have}.`)
  }
  if (adjusted?.covariateNote) notes.push(adjusted.covariateNote)
  if ((a.covariate === null) !== (b.covariate === null)) notes.push('one of the two has no covariate, so nothing was adjusted.')
  if (request.method === 'fixed' && request.plannedUnits === undefined) notes.push('taken as the one look at the planned end; read before that, it errs more often.')
  if (request.method === 'exact') {
    if (!a.sample.epochs) notes.push('judged from totals; with `epochs` the exact test can learn from each.')
    if (!isWeighted(a.sample) || !isWeighted(b.sample)) notes.push('no weights are told, so the units that came stand for the shares that were drawn.')
  }
  const known = answer.relative.estimate !== null && answer.difference.estimate !== null
  if (known && Math.sign(answer.relative.estimate ?? 0) * Math.sign(answer.difference.estimate ?? 0) < 0) {
    notes.push('the control is negative, so that the relative difference has the opposite sign.')
  }
  return notes.map((note) => `${pair}: ${note}`)
}

const isWeighted = ({ weight, epochs }: Sample): boolean =>
  weight !== undefined || (epochs?.every((one) => one.weight !== undefined) ?? false)

/** Evidence of all comparisons together. Ends stay at alpha over their number, which needs no order among them. */
const adjust = ({ adjust: by, alpha, method, sides }: AnalysisRequest, pairs: readonly Pair[]): Pair[] => {
  if (by === 'none') return [...pairs]
  const told = pairs.filter(({ comparison }) => comparison.pValue !== null && comparison.verdict !== 'NO_TRAFFIC')
  // the inverse of evidence is what e-BH ranks; a p-value that is valid at any look is evidence once it is calibrated
  const single = told.map(({ comparison: { pValue, evidence } }) => {
    const p = pValue ?? 1
    if (by === 'holm') return p
    return Math.min(1, method === 'exact' && sides === 1 ? 1 / (evidence.value ?? 1) : Math.exp(-calibrateMixture(Math.log(p))))
  })
  // comparisons of which nothing is known count among those that were asked
  const all = [...single, ...Array.from({ length: pairs.length - told.length }, () => 1)]
  const adjusted = by === 'holm' ? holm(all) : benjaminiHochberg(all)
  return pairs.map((pair) => {
    const at = told.indexOf(pair)
    if (at < 0) return pair
    const adjustedPValue = adjusted[at] ?? 1
    const { verdict } = pair.comparison
    const wins = adjustedPValue <= alpha && verdict !== 'INSUFFICIENT' && verdict !== 'FAIL'
    return {
      ...pair,
      comparison: {
        ...pair.comparison, adjustedPValue, significant: wins || (verdict === 'FAIL' && pair.comparison.significant),
        verdict: wins ? 'PASS' : verdict === 'PASS' ? 'INCONCLUSIVE' : verdict,
      },
    }
  })
}

const sampleRatioOf = (metric: AnalysedMetric): AnalysisAnswer['sampleRatio'] => {
  const weights = metric.variants.map(({ weight }) => weight)
  if (weights.some((weight) => weight === undefined)) return null
  const counts = metric.variants.map((sample) => armOf(metric, sample).n)
  const { observed, expected, pValue } = sampleRatio([{ weights: weights as number[], counts }])
  const nobody = counts.every((one) => one === 0)
  return { observed, expected, pValue, verdict: nobody ? 'NO_TRAFFIC' : pValue < sampleRatioLevel ? 'FAIL' : 'PASS' }
}
