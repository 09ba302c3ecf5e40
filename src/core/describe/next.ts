import type { Analysis } from '../analyze/analysis.ts'
import { bakeNext, detectableWords } from './bake.ts'
import { candidatesOf, controlOf, leaderOf } from '../decide/conditions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { draftWords } from '../define/start-at.ts'
import { holdWords } from '../decide/holds.ts'
import { harmsOf } from '../decide/kills.ts'
import { coverageAt, gatesHere, inShadow, nextPosition, plannedBake, positionOf, positionWords } from '../decide/position.ts'
import { deadlineWords } from '../decide/stage-deadline.ts'
import { percent, plural, span } from './wording.ts'

/** What happens next, when and by whom. */
export const nextOf = (analysis: Analysis): string => {
  const { experiment, now } = analysis.input
  const { state, definition, startedAt, winner: won } = experiment
  const { policy, variants } = definition
  const control = variants[controlOf(analysis)]?.key ?? ''
  if (state === 'draft') return draftWords(definition, now, analysis.input.latestDecision)
  if (state === 'baking') return bakeNext(analysis)
  if (state === 'promoted') return `Everyone gets ${won ?? 'the promoted variant'}.`
  if (state !== 'running' && state !== 'paused') return 'Everyone gets the model\u2019s champion.'
  const alone = policy.mode === 'auto' && policy.autoPromote
  const harmful = policy.mode === 'auto' && policy.autoKill ? undefined : harmsOf(analysis).find(({ ordinal }) => candidatesOf(analysis).includes(ordinal))
  if (harmful) return `A person decides whether ${harmful.variant} is stopped: nobody is stopped by itself here.`
  if (state === 'paused') return 'Paused: traffic stays as it is, and nothing is promoted until somebody resumes.'
  const leader = leaderOf(analysis)
  if (leader === null) return `Everyone gets ${control}.`
  if (analysis.holds.length > 0) return `Held: ${holdWords(analysis.holds)}. Nothing is promoted or moved until that is over; harm is still stopped.`
  const name = variants[leader]?.key ?? ''
  const open = analysis.conditions.filter(({ met, kind }) => !met && kind !== 'looks')
  const leftMs = startedAt === null ? 0 : startedAt.getTime() + requireDurationMs(policy.maxDuration) - now.getTime()
  const then = plannedBake(definition) ? ` Then it bakes. ${detectableWords(analysis)}` : ''
  const ends = leftMs > 0 ? ` Without that it ends in ${span(leftMs)}, and the champion stays.` : ''
  const limit = `${ends}${deadlineWords(analysis)}`
  const ramp = rampWords(analysis, limit)
  if (ramp !== null) return ramp
  if (inShadow(experiment)) return `Nobody is promoted by itself out of a shadow that no other stage follows: a person decides.${limit}`
  if (open.length > 0) {
    return alone
      ? `${name} is promoted by itself ${onceWords(analysis, open)}.${limit}${then}`
      : `${name} is proposed for promotion ${onceWords(analysis, open)}; a person decides.${limit}${then}`
  }
  return `${alone ? `${name} is promoted when more data says the same.` : `A person decides whether ${name} is promoted.`}${then}`
}

/** "once the 3 open conditions are met"; of a gate what opens it is told, as a person has to do it. */
const onceWords = ({ input: { experiment } }: Analysis, open: Analysis['conditions']): string => {
  const gates = gatesHere(experiment).filter(({ state }) => state !== 'approved').map(({ name }) => `"${name}"`)
  const others = open.filter(({ kind }) => kind !== 'gate').length
  const met = (which: string): string => (others === 1 ? `the ${which} condition is met` : `the ${others} ${which} conditions are met`)
  if (gates.length === 0) return `once ${met('open')}`
  return `once somebody approves ${gates.length === 1 ? 'the gate' : 'the gates'} ${gates.join(' and ')}${others === 0 ? '' : ` and ${met('other')}`}`
}

/** Where it is, and what lets it go on; null where no step is left. */
const rampWords = (analysis: Analysis, limit: string): string | null => {
  const { definition } = analysis.input.experiment
  const here = positionOf(analysis.input.experiment)
  const next = nextPosition(definition, here)
  if (next === null) return null
  const units = plural(definition.unit, 2)
  const open = analysis.conditions.filter(({ met }) => !met)
  const once = open.length === 0 ? 'now' : onceWords(analysis, open)
  const by = definition.policy.mode === 'auto' ? `goes on by itself ${once}` : `is proposed to go on ${once}; a person decides`
  const [now, then] = [coverageAt(definition, here), coverageAt(definition, next)]
  const shares = now === then ? '' : `, with ${percent(then)} of the ${units}`
  return `It is at ${positionWords(definition, here)}: ${percent(now)} of the ${units} take part. It ${by}: to ${positionWords(definition, next)}${shares}.${limit}`
}
