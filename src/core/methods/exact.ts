import { addBlock, marginLogE, noBlocks, type Safe2x2 } from '../../../stats/index.ts'
import { interval } from '../analyze/intervals.ts'
import { betOnHarm, shareMargin } from './margin-bet.ts'
import type { Answer, Question } from './method.ts'
import { adjusted, evidenceFrom, nothingSaid } from './sides.ts'

/**
 * `exact`: for 0/1 outcomes, without any approximation. The safe 2×2 test bets in each closed and matured epoch on what
 * the epochs before it showed; a margin (of a non-inferior goal, or of a loser's test) is bet on by the margin bet,
 * which is as exact. The confidence sequence is drawn beside it as an illustration.
 *
 * What decides is the evidence now, not the highest it has ever been: the highest would be valid too, but it would keep
 * promoting on evidence that has faded since, and nobody could recompute it from the epochs alone.
 */
export const exact = (question: Question): Answer => {
  const { compared, direction, levels, margin, harmMargin, hypotheses } = question
  const blocks = question.blocks()
  const needed = 1 / levels.gain.alpha
  const nothing = { missing: [], insufficient: true, notes: [] }
  if (blocks === null) {
    return {
      ...nothingSaid(question, needed),
      ...nothing,
      waiting: 'some units report more than once, so that they are not 0 or 1, and the exact test cannot count them',
    }
  }
  // before both have come there is nothing to bet on: a guess at an arm that nobody has seen only loses
  const learned = blocks.slice(Math.max(0, blocks.findIndex(({ a, b }) => a.n > 0 && b.n > 0)))
  const bet = betOnHarm(blocks, direction)
  const alternative = direction === 'increase' ? ('greater' as const) : ('less' as const)
  const logGain =
    margin > 0
      ? marginLogE(bet, shareMargin(margin), 'pass')
      : learned.reduce((state: Safe2x2, block) => addBlock(state, block, { alternative }), noBlocks).logE
  const wins = logGain >= Math.log(needed)
  const waiting = learned.length < 2 && margin === 0 ? `${learned.length} of 2 closed epochs` : null
  return {
    difference: interval(compared.difference),
    relative: interval(compared.relative),
    pValue: waiting === null ? adjusted(Math.exp(-Math.max(0, logGain)), hypotheses) : null,
    wins,
    loses: !wins && marginLogE(bet, shareMargin(harmMargin), 'fail') >= -Math.log(levels.harm.alpha),
    evidence: { value: waiting === null ? evidenceFrom(logGain) : null, needed },
    ...nothing,
    waiting,
    insufficient: waiting !== null,
    notes: ['the exact test decides; the range is drawn as an illustration, and may say something else.'],
  }
}
