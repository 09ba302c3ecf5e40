import type { CreateExperiment } from '../../core/define/definitions.ts'
import type { Simulated, SimulationResult } from '../../core/simulate/request.ts'
import { count, decimal, percent, span } from '../../core/describe/wording.ts'
import { columns } from './lines.ts'
import type { Look } from './report.ts'

const hundredths = (value: number): string => decimal(value * 100, 1)

/** A rate in percent with its Monte-Carlo error: `1.9 % (±0.4)`; where none or all of the runs did it, the limit instead. */
export const rateText = ({ estimate, error, lower, upper }: Simulated): string => {
  if (estimate === 0) return `0 % (at most ${hundredths(upper)})`
  if (estimate === 1) return `100 % (at least ${hundredths(lower)})`
  return `${hundredths(estimate)} % (±${hundredths(error)})`
}

const dayMs = 86_400_000

/** What a policy did in simulated runs: a line for each rate, with its Monte-Carlo error and what is allowed. */
export const simulationText = (
  { runs, rates, daysToDecision, units, regret, uniformRegret, notes = [] }: SimulationResult,
  { policy }: Pick<CreateExperiment, 'policy'>,
  { paint }: Look,
): string => {
  const within = (rate: Simulated): ((text: string) => string) => (rate.lower > policy.alpha ? paint.worse : (same) => same)
  const rows = [
    ...Object.entries(rates.promoted).map(([key, rate]) => [`  promoted ${key}`, { text: rateText(rate), align: 'right' as const }, '']),
    ['  wrongly promoted', { text: rateText(rates.wrongPromotion), align: 'right' as const, paint: within(rates.wrongPromotion) }, `allowed ${percent(policy.alpha)}`],
    ...Object.entries(rates.killed).map(([key, rate]) => [`  stopped ${key}`, { text: rateText(rate), align: 'right' as const }, '']),
    ['  wrongly stopped', { text: rateText(rates.wrongKill), align: 'right' as const, paint: within(rates.wrongKill) }, `allowed ${percent(policy.alpha)}`],
    ['  rolled back', { text: rateText(rates.rolledBack), align: 'right' as const }, ''],
    ['  ended undecided', { text: rateText(rates.inconclusive), align: 'right' as const }, ''],
  ]
  const days = (value: number): string => span(value * dayMs)
  const loss = regret === null ? [] : [`  lost a unit, on average, against always serving the best: ${decimal(regret.estimate, 5)}${uniformRegret === null ? '' : `; ${decimal(uniformRegret, 5)} had the first split been kept`}`]
  return [
    `${paint.bold(`${count(runs)} simulated experiments`)} ${paint.quiet('· rates with their Monte-Carlo error')}`,
    ...columns(rows),
    `  decided after ${days(daysToDecision.median)} in half of them, ${days(daysToDecision.p90)} in nine of ten; ${count(units.estimate)} units on average`,
    ...loss,
    ...notes.map((note) => `  ${note}`),
  ].join('\n')
}

/** `400 of 1,000 runs · 12.3 runs/s · 49 s left` */
export const simulationProgress = (done: number, total: number, elapsedMs: number): string => {
  const rate = done / (elapsedMs / 1_000)
  const left = rate > 0 ? `${count(Math.ceil((total - done) / rate))} s left` : 'time left unknown'
  return `${count(done)} of ${count(total)} runs · ${decimal(rate, 1)} runs/s · ${left}`
}
