import type { Analysis } from '../analyze/analysis.ts'
import { banditOf } from '../define/bandit-stage.ts'
import { decide, type Decided } from './decide.ts'
import type { Considered, Decision } from './decision.ts'
import { planAllocation, reallocateLooks } from './plan-allocation.ts'
import { clockTurn, frozenNow, nextEpoch, type Turn } from './turn-epoch.ts'

/** What a look leads to. `turn` is what happens to the epochs besides, where nothing was decided. */
export type DecidedAll = Decided & { turn: Turn | null }

const observedKey = 'held:reallocate'

/**
 * Everything that one look leads to, in the order in which it is to be done: what protects, then a bandit's next
 * weights, then what gains. Of the weights that nobody may move by himself one entry tells, once.
 */
export const decideAll = (analysis: Analysis): DecidedAll => ({ ...decidedOn(analysis), drift: analysis.drift })

const decidedOn = (analysis: Analysis): DecidedAll => {
  const decided = decide(analysis)
  const { experiment, epochs } = analysis.input
  if (!banditOf(experiment)) return { ...decided, turn: null }
  const protects = decided.decisions.some(({ action, status }) => status === 'applied' && action !== 'promote' && action !== 'hold' && action !== 'ramp')
  const goesOn = decided.decisions.some(({ action, status }) => status === 'applied' && action === 'ramp')
  // the next stage begins with its own weights
  const allocation = protects || goesOn ? null : planAllocation(analysis, analysis.belief)
  if (allocation?.act !== 'move') {
    const considered = [...(decided.considered ?? []), ...(allocation ? [kept(allocation.why)] : [])]
    return { ...decided, considered, turn: decided.decisions.length > 0 ? null : clockTurn(analysis.input) }
  }

  const { mode } = experiment.definition.policy
  const allowed = mode === 'auto'
  const key = allowed ? reallocateLooks : observedKey
  if (!allowed && experiment.looks[observedKey]) return { ...decided, turn: clockTurn(analysis.input) }
  const { rule, reason, evidence, allocated } = allocation
  const coverage = epochs.at(-1)?.coverage ?? 1
  const move: Decision = {
    action: 'reallocate', variant: null, rule, evidence,
    status: allowed ? 'applied' : 'held',
    reason: allowed ? reason : `${reason} ${mode === 'observe' ? 'Only observed: the weights stay.' : 'Not done by itself: the weights stay.'}`,
    ...(allowed && { traffic: { ...frozenNow(analysis.input), next: nextEpoch(analysis.input, 'action', coverage, allocated.weights, allocated.context) } }),
  }
  return {
    ...decided,
    decisions: [move, ...decided.decisions],
    looks: { ...decided.looks, [key]: { count: 1, digest: analysis.digest } },
    considered: [...(decided.considered ?? []), { ...move, allowed }],
    turn: null,
  }
}

const kept = (why: string): Considered => ({
  action: 'reallocate', variant: null, rule: 'bandit', reason: 'A bandit moves traffic to what is better.', allowed: false, why,
})
