import {
  addMarginEpoch,
  type Epoch2x2,
  marginInterval,
  marginLogE,
  type MarginBet,
  noMarginBet,
} from '../../../stats/index.ts'
import { interval, negate } from '../intervals.ts'
import type { Interval } from '../report.ts'
import type { Answer, Question } from './method.ts'
import { adjusted, evidenceFrom } from './sides.ts'

/** Blocks with the same chances as one: the bets depend on nothing else. */
const pooled = (blocks: readonly Epoch2x2[]): Epoch2x2[] => {
  const groups = new Map<number, Epoch2x2>()
  for (const block of blocks) {
    const chance = block.propensityB / (block.propensityA + block.propensityB)
    const group = groups.get(chance)
    if (!group) groups.set(chance, { ...block, a: { ...block.a }, b: { ...block.b } })
    else {
      group.a.n += block.a.n
      group.a.successes += block.a.successes
      group.b.n += block.b.n
      group.b.successes += block.b.successes
    }
  }
  return [...groups.values()]
}

/**
 * A margin bet on harm, which is p_variant − p_control where less is better, and p_control − p_variant where more is:
 * then the arms change places, so that rare outcomes stay rare.
 */
export const betOnHarm = (blocks: readonly Epoch2x2[], direction: Question['direction']): MarginBet =>
  pooled(blocks).reduce(
    (bet, { a, b, propensityA, propensityB }) =>
      addMarginEpoch(
        bet,
        direction === 'decrease'
          ? { a, b, propensityA, propensityB }
          : { a: b, b: a, propensityA: propensityB, propensityB: propensityA },
      ),
    noMarginBet,
  )

/** Ends that exclude nothing are not told. */
const told = ({ estimate, lower, upper }: Interval): Interval => ({
  estimate,
  lower: lower === -1 ? null : lower,
  upper: upper === 1 ? null : upper,
})

/** Differences of shares beyond ±1 do not exist, so neither do margins. */
export const shareMargin = (margin: number): number => Math.min(1, margin)

/**
 * Exact at any look, under drift of the baseline and any allocation, without minimums: binary guardrails are judged
 * by it whatever the method of the decision is. Drawn are the margins that the very same bets do not refute.
 */
export const byMarginBet = (question: Question, blocks: readonly Epoch2x2[]): Answer => {
  const { compared, direction, levels, hypotheses } = question
  const bet = betOnHarm(blocks, direction)
  const harm = told(interval(marginInterval(bet, { lower: levels.harm.alpha, upper: levels.gain.alpha })))
  const logPass = marginLogE(bet, shareMargin(question.margin), 'pass')
  return {
    difference: direction === 'decrease' ? harm : negate(harm),
    relative: interval(compared.relative),
    pValue: adjusted(Math.exp(-Math.max(0, logPass)), hypotheses),
    wins: logPass >= -Math.log(levels.gain.alpha),
    loses: marginLogE(bet, shareMargin(question.harmMargin), 'fail') >= -Math.log(levels.harm.alpha),
    evidence: { value: evidenceFrom(logPass), needed: 1 / levels.gain.alpha },
    missing: [],
    waiting: null,
    insufficient: false,
    notes: [],
  }
}
