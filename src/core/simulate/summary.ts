import { wilsonInterval } from '../../../stats/index.ts'
import type { Run } from './run.ts'
import { type Design, truthsOf } from './truth.ts'
import { leftOut } from './left-out.ts'
import { simulationPlan } from './plan.ts'
import type { Simulated, SimulationResult } from './request.ts'
import { firstPosition } from '../decide/position.ts'
import { trafficOf } from '../analyze/weights.ts'

const normal95 = 1.959963984540054

const meanOf = (values: readonly number[]): Simulated => {
  const estimate = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - estimate) ** 2, 0) / Math.max(1, values.length - 1)
  const error = Math.sqrt(variance / values.length)
  return { estimate, error, lower: estimate - normal95 * error, upper: estimate + normal95 * error }
}

const shareOf = (count: number, runs: number): Simulated => ({
  estimate: count / runs, error: Math.sqrt(((count / runs) * (1 - count / runs)) / runs), ...wilsonInterval(count, runs),
})

const quantileOf = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))] ?? 0

/** What a policy did in many simulated runs. @throws {RangeError} without runs */
export const summarize = (design: Design, runs: readonly Run[]): SimulationResult => {
  if (runs.length === 0) throw new RangeError('runs must not be empty, got []')
  const { definition, metrics, request } = design
  const candidates = definition.variants.filter(({ control }) => !control).map(({ key }) => key)
  const share = (of: (run: Run) => boolean): Simulated => shareOf(runs.filter(of).length, runs.length)
  const days = runs.map((run) => run.days)
  const horizon = simulationPlan(definition, request).units
  const notes = leftOut(definition)
  return {
    runs: runs.length,
    rates: {
      promoted: Object.fromEntries(candidates.map((key) => [key, share(({ winner, state }) => winner === key && state !== 'rolled_back')])),
      killed: Object.fromEntries(
        candidates.map((key) => [key, share(({ acted }) => acted.some(({ action, variant }) => action === 'kill' && variant === key))]),
      ),
      wrongPromotion: share(({ acted }) => acted.some(({ action, wrong }) => action === 'promote' && wrong)),
      wrongKill: share(({ acted }) => acted.some(({ action, wrong }) => action !== 'promote' && wrong)),
      rolledBack: share(({ state }) => state === 'rolled_back'),
      baking: share(({ state }) => state === 'baking'),
      inconclusive: share(({ state }) => state === 'inconclusive' || state === 'running'),
    },
    daysToDecision: { mean: meanOf(days), median: quantileOf(days, 0.5), p90: quantileOf(days, 0.9) },
    units: meanOf(runs.map(({ units }) => units)),
    regret: runs.some(({ regret }) => regret === null) ? null : meanOf(runs.map(({ regret }) => (regret ?? 0) / horizon)),
    uniformRegret: uniformRegret(design, metrics),
    ...(notes.length > 0 && { notes }),
  }
}

/** Mean loss a unit when the first stage's split is kept to the end. */
const uniformRegret = (design: Design, metrics: Design['metrics']): number | null => {
  const { definition } = design
  const decisive = definition.metrics.find(({ role }) => role === 'decision')?.metric
  if (decisive === undefined) return null
  const sign = metrics.get(decisive)?.direction === 'decrease' ? -1 : 1
  const values = (truthsOf(design).get(decisive) ?? []).map((value) => sign * value)
  const live = definition.variants.map(({ key, version, control = false }) => ({ key, version, control, status: 'live' as const }))
  const { weights } = trafficOf(definition, firstPosition, live)
  return values.reduce((sum, value, arm) => sum + (weights[arm] ?? 0) * (Math.max(...values) - value), 0)
}
