import {
  type Epoch2x2,
  marginInterval,
  marginLogE,
  type MarginBet,
  mergeMarginBets,
  noMarginBet,
} from '../../../stats/index.ts'
import { interval, negate } from '../analyze/intervals.ts'
import type { Interval } from '../analyze/report.ts'
import type { Answer, Question } from './method.ts'
import { adjusted, evidenceFrom } from './sides.ts'

/**
 * A margin bet on harm, which is p_variant − p_control where less is better, and p_control − p_variant where more is:
 * then the arms change places, so that rare outcomes stay rare.
 */
export const betOnHarm = (blocks: readonly Epoch2x2[], direction: Question['direction']): MarginBet => {
  const known = new Map<number, number>()
  const rounded = (chance: number): number => {
    const before = known.get(chance) ?? Number(chance.toPrecision(12))
    known.set(chance, before)
    return before
  }
  return mergeMarginBets(
    noMarginBet,
    blocks.map(({ a, b, propensityA, propensityB }) => {
      const chanceB = rounded((direction === 'decrease' ? propensityB : propensityA) / (propensityA + propensityB))
      return direction === 'decrease' ? { chanceB, a, b } : { chanceB, a: b, b: a }
    }),
  )
}

/** Ends that exclude nothing are not told. */
export const told = ({ estimate, lower, upper }: Interval): Interval => ({
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
