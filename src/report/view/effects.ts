import type { ActionName } from '../../core/define/definitions.ts'
import { durationMs } from '../../core/define/duration.ts'
import { isBandit } from '../../core/define/bandit-stage.ts'
import { coverageAt, firstPosition, gatesHere, nextPosition, plannedBake, positionOf, positionWords, stepsOf, weightsOf } from '../../core/decide/position.ts'
import { count, percent, span } from '../../core/describe/wording.ts'
import { hasDrifted } from './choices.ts'
import { candidatesOf, controlOf, nameOfVersion, stagesOf, type Standing, survivorOf, unitsWord } from './standing.ts'
import { fellBack, rolledThrough } from './taking-over.ts'

/** What an action does, keeps, and how it is taken back, a sentence or two each. */
export type Effects = { happens: string; kept: string; undo: string; survivor: string | null }

const served = 'Answers that were served stay served.'
const everything = `${served} Everything measured, the report and the ledger stay.`

const outcomes = ({ experiment: { window } }: Standing): string => {
  const ms = durationMs(window) ?? 0
  return ms === 0 ? 'Outcomes that are still on their way count.' : `Outcomes count until their window, ${span(ms)}, is over.`
}

const again = 'An experiment that has ended does not begin again: clone it under another key.'

const promotedVersion = ({ experiment }: Standing): string =>
  experiment.variants.find(({ key }) => key === experiment.winner)?.version ?? ''

/** Does ending it take a promotion back, and can it? */
const undoes = (standing: Standing): boolean =>
  (standing.experiment.state === 'baking' || standing.experiment.state === 'promoted') && standing.champion === promotedVersion(standing)

/** Does what stands in for the control by a person's word become champion? */
const goesOn = (standing: Standing): boolean => standing.experiment.fallback?.manual === true && survivorOf(standing) === standing.experiment.fallback.version

/** Everyone by name of who serves them, once nothing of this experiment does. */
const everyone = (standing: Standing): string => {
  const { experiment } = standing
  const to = survivorOf(standing)
  if (to === null) return `No version serves ${experiment.model} afterwards`
  const name = nameOfVersion(experiment, to)
  return `Everyone gets ${name}${name.includes(to) ? '' : ` (version ${to})`}, ${goesOn(standing) ? `which stands in for ${controlOf(experiment).key} and becomes champion` : `the ${undoes(standing) ? 'champion before the promotion' : 'champion'}`}`
}

const locking = (standing: Standing): string[] => {
  const { experiment } = standing
  if (experiment.state === 'promoted' || experiment.state === 'baking') return [promotedVersion(standing)].filter((one) => one !== '' && one !== survivorOf(standing))
  const serving = controlOf(experiment).version
  return [...new Set(candidatesOf(experiment).filter(({ status }) => status !== 'killed').map(({ version }) => version))].filter((one) => one !== serving)
}

const lockWords = (versions: readonly string[], choice: boolean): string => {
  if (versions.length === 0) return ''
  const which = choice ? 'The version that you name' : `Version ${versions.join(' and version ')}`
  return ` ${which} is locked: it becomes champion no more until somebody acknowledges, and a post-mortem opens.`
}

const started = (standing: Standing): string => {
  const { experiment, champion } = standing
  const { stages, variants, policy } = experiment
  const [stage] = stages
  const steps = stepsOf(stage).length
  const names = variants.map(({ key }) => key)
  const weights = weightsOf(stage)
  const later = steps > 1 || stages.length > 1 ? ` That is ${positionWords(experiment, firstPosition)}.` : ''
  const split = stage?.allocation === 'switch' ? `${controlOf(experiment).key} has all of it, until everybody is switched over`
    : weights
    ? names.map((key) => `${key} ${percent(weights[key] ?? 0)}`).join(', ')
    : `${names.join(', ')} in equal parts${isBandit(stage) ? ' at first; then traffic follows what the outcomes say' : ''}`
  const coverage = coverageAt(experiment, firstPosition)
  const part = coverage < 1 ? `${percent(coverage)} of the ${unitsWord(experiment)} take part; the others get the champion. ` : ''
  const alone = policy.mode !== 'auto' ? 'It acts only when a person agrees'
    : [policy.autoPromote ? 'promotes what is better' : 'promotes nothing', policy.autoKill ? 'stops what does harm' : 'stops nothing'].join(' and ')
  const first = champion === null ? ` ${experiment.model} has no champion: version ${controlOf(experiment).version} (${controlOf(experiment).key}) becomes it.` : ''
  return `${part}Traffic is split: ${split}.${later} ${policy.mode === 'auto' ? `By itself it ${alone}` : alone}, and ends after ${span(durationMs(policy.maxDuration) ?? 0)}.${first}`
}

const ramped = ({ experiment }: Standing): string => {
  const { definition, ...at } = stagesOf(experiment)
  const next = nextPosition(definition, positionOf(at))
  if (next === null) return 'No step is left.'
  const [now, then] = [coverageAt(definition, positionOf(at)), coverageAt(definition, next)]
  const part = now === then ? `As before ${percent(now)} of the ${unitsWord(experiment)} take part` : `${percent(then)} of the ${unitsWord(experiment)} take part instead of ${percent(now)}`
  const same = next.stage === at.stage ? 'Nobody who takes part changes variant.' : 'What is counted begins anew there.'
  return `On to ${positionWords(definition, next)}. ${part}. ${same} Your word overrides what is still open: time, numbers and evidence.`
}

const gateWords = ({ experiment }: Standing): string => `The gate "${gatesHere(stagesOf(experiment))[0]?.name ?? ''}"`

const paused = (standing: Standing): string => {
  const { experiment } = standing
  const rest = 'Nothing is promoted or moved until somebody resumes it; what does harm is still stopped.'
  return experiment.policy.onPause === 'control'
    ? `Everyone who takes part gets ${controlOf(experiment).key} meanwhile. ${rest}`
    : `Everyone keeps what they get: the split stays as it is. ${rest}`
}

const promoted = ({ experiment }: Standing): string => {
  const { state, winner } = experiment
  const bake = plannedBake(experiment)
  const control = controlOf(experiment).key
  if (state === 'baking') return `Everyone gets ${winner}, also the ${percent(bake?.keep ?? 0)} that ${control} kept for comparison, and the experiment ends.`
  const person = 'Your word overrides what is still open: minimums, time and evidence.'
  return bake
    ? `It becomes champion and serves everyone but ${percent(bake.keep)}, which ${control} keeps until ${count(bake.units)} ${unitsWord(experiment)} came without harm. ${person}`
    : `It becomes champion, everyone gets it, and the experiment ends. ${person}`
}

/** What each action does to an experiment as it stands. */
export const effectsOf = (standing: Standing, action: ActionName): Effects => {
  const { experiment } = standing
  const survivor = nameOfVersion(experiment, survivorOf(standing))
  const versions = locking(standing)
  switch (action) {
    case 'start': return {
      happens: started(standing), survivor: null, undo: 'Stop ends it without a winner; everyone gets the champion again.',
      kept: 'The definition as it is: metrics, levels and tolerated harm cannot change while it runs.',
    }
    case 'ramp': return {
      happens: ramped(standing), kept: everything, survivor: null,
      undo: 'A step is not taken back; roll back ends the experiment, and everyone gets the champion.',
    }
    case 'approve': return {
      happens: `${gateWords(standing)} opens. What else stands before what comes next still has to hold.`, kept: 'Traffic does not change by this.', survivor: null,
      undo: 'Reject shuts it again, until what comes next has happened.',
    }
    case 'reject': return {
      happens: `${gateWords(standing)} is shut: it stays where it is until somebody approves.`, kept: 'Traffic does not change by this; what does harm is still stopped.', survivor: null,
      undo: 'Approve opens it.',
    }
    case 'pause': return {
      happens: paused(standing), survivor: experiment.policy.onPause === 'control' ? controlOf(experiment).key : null,
      kept: `${everything} Counting goes on.`, undo: 'Resume lets it go on.',
    }
    case 'resume': return {
      happens: `The split is in force ${experiment.policy.onPause === 'control' ? 'again' : 'as before'}, and the rules act by themselves again where the policy lets them.`,
      kept: everything, undo: 'Pause stops what it does by itself.', survivor: null,
    }
    case 'promote': return {
      happens: promoted(standing), kept: `${everything} ${outcomes(standing)}`, survivor: experiment.state === 'baking' ? experiment.winner : null,
      undo: 'Roll back makes the former champion serve again and locks the version.',
    }
    case 'kill': return {
      happens: `The variant that you name gets no more ${unitsWord(experiment)}; who had it gets another one from now on.`,
      kept: everything, undo: 'A killed variant does not come back.', survivor: null,
    }
    case 'disable': return {
      happens: `The variant that you name gets no more ${unitsWord(experiment)} for now; who had it gets another one.`,
      kept: everything, undo: 'It can be let back in at any time.', survivor: null,
    }
    case 'enable': return {
      happens: `The variant that you name gets its share of the ${unitsWord(experiment)} again.`,
      kept: everything, undo: 'It can be taken out at any time.', survivor: null,
    }
    case 'stop': return { happens: `${everyone(standing)}, and the experiment ends without a winner.`, kept: `${everything} ${outcomes(standing)}`, undo: again, survivor }
    case 'rollback': return {
      happens: `${everyone(standing)}, and the experiment ends.${lockWords(versions, experiment.state !== 'promoted' && experiment.state !== 'baking' && versions.length > 1)}`,
      kept: `${everything} ${outcomes(standing)}`, survivor,
      undo: versions.length > 0 ? `Acknowledge unlocks the version. ${again}` : again,
    }
    case 'roll-through': return {
      happens: rolledThrough(standing), kept: `${everything} The experiment goes on.`, survivor: null,
      undo: 'A killed variant does not come back; acknowledge unlocks what was locked.',
    }
    case 'fallback': return {
      happens: fellBack(standing), survivor: null, undo: `Letting ${controlOf(experiment).key} back in ends it; nothing else does.`,
      kept: `${everything} Everybody keeps their variant; ${unitsWord(experiment)} of ${controlOf(experiment).key} are not counted while they get something else.`,
    }
    case 'emergency-stop': return {
      happens: `${everyone(standing)}; nobody gets ${candidatesOf(experiment).filter(({ status }) => status !== 'killed').map(({ key }) => key).join(' or ')} any more, and the experiment ends.${experiment.state === 'baking' ? lockWords(versions, false) : ''}`,
      kept: `${everything} ${outcomes(standing)}`, undo: again, survivor,
    }
    case 'acknowledge': return {
      happens: hasDrifted(experiment)
        ? 'You have seen what has moved: the values that come from now on are what later ones are compared with. Locked versions may become champion again, and open post-mortems are signed with your reason.'
        : 'You have seen why it was stopped. Locked versions may become champion again, and open post-mortems are signed with your reason.',
      kept: 'Traffic does not change, and neither does the past: what was stopped stays stopped.', survivor: null,
      undo: 'What was signed stays signed; another rollback locks the version again.',
    }
    case 'archive': return {
      happens: 'It is put away: nothing can be done with it any more.', kept: 'Its report, its ledger and all figures can still be read.',
      undo: 'It stays archived.', survivor: null,
    }
  }
}
