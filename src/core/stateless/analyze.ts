import { type ComparedAdjusted, exactRho, type Level, probabilityBest, sampleRatio } from '../../../stats/index.ts'
import { type AnalysedComparison, adjust, type Pair } from './adjust.ts'
import { type Arm, armOf, controlOf, defaultUnits, ownInterval, posteriorOf } from './arms.ts'
import { notesOf } from './notes.ts'
import { blocksOf, comparedOf, looksBefore, planOf } from './question.ts'
import { type AnalysedMetric, type AnalysisRequest, metricsOf } from './request.ts'
import { judge, twice } from './sides.ts'
import { wordsOf } from '../analyze/compare.ts'
import { finite } from '../analyze/intervals.ts'
import type { Answer, Question } from '../methods/method.ts'
import type { Interval, Verdict } from '../analyze/report.ts'
import { sampleRatioLevel } from '../analyze/sample-ratio.ts'

/** What a request comes to. Never NaN or infinite; what is not known is null, and said in `warnings`. */
export type AnalysisAnswer = {
  method: AnalysisRequest['method']
  alpha: number
  sides: 1 | 2
  adjust: AnalysisRequest['adjust']
  variants: (Interval & {
    metric: string
    key: string
    n: number
    probabilityBest: number | null
    expectedLoss: number | null
  })[]
  comparisons: AnalysedComparison[]
  sampleRatio: { observed: number[]; expected: number[]; pValue: number; verdict: Verdict } | null
  warnings: string[]
}

/** Analyse summary numbers by the very methods that experiments are judged with. Pure. */
export const analyzeRequest = (request: AnalysisRequest): AnalysisAnswer => {
  const metrics = metricsOf(request)
  const total = metrics.reduce((sum, { variants }) => sum + variants.length - 1, 0)
  const analysed = metrics.map((metric) => analysedMetric(request, metric, total))
  const judged = adjust(
    request,
    analysed.flatMap(({ pairs }) => pairs),
  )
  return {
    method: request.method,
    alpha: request.alpha,
    sides: request.sides,
    adjust: request.adjust,
    variants: analysed.flatMap(({ variants }) => variants),
    comparisons: judged.map(({ comparison }) => comparison),
    sampleRatio: metrics[0] ? sampleRatioOf(metrics[0]) : null,
    warnings: [
      ...new Set([...analysed.flatMap(({ warnings }) => warnings), ...judged.flatMap(({ warnings }) => warnings)]),
    ],
  }
}

const analysedMetric = (request: AnalysisRequest, metric: AnalysedMetric, total: number) => {
  const arms = metric.variants.map((sample) => armOf(metric, sample))
  const control = controlOf(metric.variants)
  const own = arms.find(({ sample }) => sample === control) as Arm
  const hypotheses = request.adjust === 'none' ? metric.variants.length - 1 : total
  const pairs = arms.filter((arm) => arm !== own).map((arm) => pairOf(request, metric, own, arm, hypotheses))
  const chances = chancesOf(metric, arms)
  const variants = arms.map((arm, index) => ({
    metric: metric.metric,
    key: arm.sample.key,
    n: arm.n,
    ...ownInterval(request, metric, arm),
    probabilityBest: finite(chances?.probability[index]),
    expectedLoss: finite(chances?.expectedLoss[index]),
  }))
  const warnings = [
    ...arms
      .filter(({ n }) => n < 2)
      .map(
        ({ n, sample }) =>
          `${metric.metric}, ${sample.key}: there ${n === 0 ? 'are no units' : 'is one unit'}, so nothing can be compared.`,
      ),
    ...(chances
      ? []
      : [`${metric.metric}: the chances to be the best are not known, because the variance of a variant is not.`]),
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
  const compared = comparedOf(request, metric, a, b, {
    direction,
    promote: level,
    harm: level,
    margin,
    hypotheses: asked,
  })
  // a fixed test of few units is one of its own; what it lacks is told, and no reason to be silent
  const few = method === 'fixed' || method === 'group-sequential' ? compared.missing : []
  const known = { ...compared, missing: few.length > 0 ? [] : compared.missing }
  const question: Question = {
    compared: known,
    direction,
    levels: { gain: level, harm: level },
    margin,
    harmMargin: margin,
    hypotheses: asked,
    blocks: () => blocksOf(a, b),
    plan: planOf(request, known.n),
    before: looksBefore(request, metric, known.n, level.alpha),
  }
  const answer =
    sides === 1 ? judge(request, a, question) : twice(request, metric, a, b, question, { alpha: share, rho })
  const verdict = a.n + b.n === 0 ? 'NO_TRAFFIC' : verdictOf(answer)
  const settled = verdict === 'PASS' || (sides === 2 && verdict === 'FAIL')
  const adjusted = 'theta' in compared ? (compared as ComparedAdjusted) : null
  const comparison: AnalysedComparison = {
    metric: metric.metric,
    variant: b.sample.key,
    control: a.sample.key,
    difference: answer.difference,
    relative: answer.relative,
    pValue: answer.pValue,
    adjustedPValue: null,
    significant: settled,
    verdict,
    evidence: { value: finite(answer.evidence.value), needed: answer.evidence.needed, decides: true },
    ...(answer.look && request.plannedUnits !== undefined && { look: answer.look }),
    covariate: adjusted && { theta: adjusted.theta, reduction: finite(adjusted.reduction) },
  }
  const warnings = compared.warnings.filter(({ code }) => code !== 'regime_dropped')
  return {
    comparison,
    warnings: [
      ...wordsOf({ warnings }, comparison, answer),
      ...notesOf(request, metric, a, b, { few, adjusted, answer }),
    ],
  }
}

const verdictOf = ({ missing, insufficient, pValue, evidence, wins, loses }: Answer): Verdict => {
  if (missing.length > 0 || insufficient || (pValue === null && evidence.value === null)) return 'INSUFFICIENT'
  if (wins) return 'PASS'
  return loses ? 'FAIL' : 'INCONCLUSIVE'
}

const sampleRatioOf = (metric: AnalysedMetric): AnalysisAnswer['sampleRatio'] => {
  const weights = metric.variants.map(({ weight }) => weight)
  if (weights.some((weight) => weight === undefined)) return null
  const counts = metric.variants.map((sample) => armOf(metric, sample).n)
  const { observed, expected, pValue } = sampleRatio([{ weights: weights as number[], counts }])
  const nobody = counts.every((one) => one === 0)
  return { observed, expected, pValue, verdict: nobody ? 'NO_TRAFFIC' : pValue < sampleRatioLevel ? 'FAIL' : 'PASS' }
}
