import type { LockedVersion } from '../../core/models/champion.ts'
import type { ActionName, ExperimentDefinition, ExperimentState } from '../../core/define/definitions.ts'
import { gateKey } from '../../core/decide/position.ts'
import type { Report } from '../../core/analyze/report.ts'
import type { ExperimentView } from '../../core/tell/views.ts'
import { plural } from '../../core/describe/wording.ts'

/** All that a person has to know who is about to act. */
export type Standing = {
  experiment: ExperimentView
  /** Null where it cannot be analysed: what is to be stopped can be stopped all the same. */
  report: Report | null
  /** The version that the model serves now. */
  champion: string | null
  /** What it served before this experiment's promotion; null when nothing was promoted or nothing was there. */
  before: string | null
  /** Versions of the model that may not become champion. */
  locks: readonly LockedVersion[]
  /** How many post-mortems of this experiment nobody has signed. */
  openPostMortems: number
  /** Fallbacks that were named, and the versions that may stand in for the control, in the order in which they are tried. */
  standIns: { named: readonly string[]; versions: readonly string[] }
}

export type Variant = ExperimentView['variants'][number]

export const controlOf = ({ variants }: ExperimentView): Variant => {
  const control = variants.find((one) => one.control === true)
  if (!control) throw new RangeError('an experiment has a control')
  return control
}

export const candidatesOf = ({ variants }: ExperimentView): Variant[] => variants.filter(({ control }) => control !== true)

/** How units are called: "users", or "one user". */
export const unitsWord = ({ unit }: Pick<ExperimentDefinition, 'unit'>, number = 2): string => plural(unit, number)

/** How a version is called: by the variant that brought it, where one did. */
export const nameOfVersion = ({ variants, model }: ExperimentView, version: string | null): string => {
  const brought = variants.find((one) => one.version === version && one.control === true) ?? variants.find((one) => one.version === version)
  if (brought) return brought.key
  return version === null ? 'nobody' : `version ${version} of ${model}`
}

/**
 * The version that serves everybody once this experiment gives no more traffic; a promotion that it made is undone, and what stands in for the control by
 * a person's word goes on.
 */
export const survivorOf = ({ experiment, champion, before }: Standing): string | null => {
  const promoted = experiment.variants.find(({ key }) => key === experiment.winner)?.version ?? null
  const undone = (experiment.state === 'baking' || experiment.state === 'promoted') && promoted !== null && champion === promoted
  const survivor = undone ? before : champion
  return experiment.fallback?.manual && survivor === controlOf(experiment).version ? experiment.fallback.version : survivor
}

/** The experiment among its stages, as rules look at it. */
export const stagesOf = ({ stages, stage, step, since, gates }: ExperimentView) => ({
  definition: { stages }, stage,
  progress: { step, from: 0, since, gates: Object.fromEntries(gates.flatMap((gate) => (gate.state === 'open' ? [] : [[gateKey(gate), gate.state]]))) },
})

/** What a page was made from, sent back with its form. `statuses` in the order of the variants. */
export type Shown = { epoch: number; state: ExperimentState; revision: number; statuses: string; champion: string; position: string }

export const shownOf = ({ experiment, champion }: Pick<Standing, 'experiment' | 'champion'>): Shown => ({
  epoch: experiment.epoch,
  state: experiment.state,
  revision: experiment.revision,
  statuses: experiment.variants.map(({ key, status }) => `${key}:${status}`).join(' '),
  champion: champion ?? '',
  position: `${experiment.stage}.${experiment.step}`,
})

/** What somebody was shown, from the form they send; null when it does not say. */
export const readShown = (form: URLSearchParams): Shown | null => {
  const [epoch, revision] = [Number(form.get('epoch') ?? NaN), Number(form.get('revision') ?? NaN)]
  const [state, statuses, champion, position] = [form.get('state'), form.get('statuses'), form.get('champion'), form.get('position') ?? '0.0']
  if (!Number.isInteger(epoch) || !Number.isInteger(revision) || state === null || statuses === null || champion === null) return null
  return { epoch, state: state as ExperimentState, revision, statuses, champion, position }
}

/**
 * Is what was shown no longer so? State, stage and step, variants and champion tell: the clock turns epochs, and bandits move traffic,
 * without changing what an action does. Of a draft every revision counts, for it is what would be started.
 */
export const hasChanged = (shown: Shown, now: Shown): boolean =>
  shown.state !== now.state || shown.statuses !== now.statuses || shown.champion !== now.champion ||
  shown.position !== now.position ||
  (now.state === 'draft' && shown.revision !== now.revision)

/** "running, epoch 4: gemma live, qwen killed; version 1 is champion" */
export const shownWords = ({ state, epoch, statuses, champion }: Shown): string => {
  const variants = statuses.split(' ').map((one) => one.replace(':', ' ')).join(', ')
  return `${state.replace('_', ' ')}, epoch ${epoch}: ${variants}; ${champion === '' ? 'no champion' : `version ${champion} is champion`}`
}

/** Actions as people read them, in the order of their weight. */
export const actionWords: Record<ActionName, string> = {
  start: 'Start', ramp: 'Go on', approve: 'Approve', reject: 'Reject', resume: 'Resume', pause: 'Pause', promote: 'Promote', enable: 'Let a variant back in', disable: 'Take a variant out',
  kill: 'Kill a variant', stop: 'End it', fallback: 'Let another version stand in', 'roll-through': 'Hand on to the next', rollback: 'Roll back', 'emergency-stop': 'Send everyone back', acknowledge: 'Acknowledge', archive: 'Archive',
}
