import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { Change } from './change.ts'
import type { Call, Undo } from './ledger.ts'

const reason = 'taken back'
/** Where no call takes it back: why, or what can be done instead. */
export const nothingUndone = (text: string): Undo => ({ text, calls: [] })

/** Of entries that tell what was not done. */
export const nothingDone: Undo = nothingUndone('Nothing was done.')

/** What takes back that a person has changed a model: the champion that was there, or the settings. */
export const undoOfModel = (model: string, { before, previous }: { before?: Record<string, unknown>; previous?: string | null }): Undo => {
  if (before) return { text: 'The settings of before can be sent again.', calls: [{ method: 'PATCH', path: `/api/models/${model}`, body: before }] }
  if (!previous) return nothingUndone('There was no champion before; another version may be made champion.')
  return {
    text: `Version "${previous}" can be made champion again.`,
    calls: [{ method: 'PUT', path: `/api/models/${model}/champion`, body: { version: previous, reason } }],
  }
}

/** What is asked of a planner: an action, perhaps of one variant. */
type Asked = { action: string; variant?: string | null; rule?: string }

/**
 * Which action takes an action back, in words and ready to be sent. What an experiment has learned is never undone, and
 * what has ended does not begin again: then it says what can be done instead.
 *
 * @param before the experiment as it was before the action
 * @param change what the action does to it
 */
export const undoOf = (before: ExperimentFacts, { action, variant = null, rule = 'manual' }: Asked, change: Pick<Change, 'champion' | 'lock' | 'state'>): Undo => {
  const { key, model, winner, variants } = before
  const act = (name: string, of: string | null = null): Call => ({
    method: 'POST', path: `/api/experiments/${key}/actions`, body: { action: name, ...(of !== null && { variant: of }), reason },
  })
  const again = 'Start another experiment with it, under another key.'
  const isControl = variants.some((one) => one.control && one.key === variant)
  switch (action) {
    case 'start': return { text: 'stop ends the experiment without a winner; the champion serves everybody again.', calls: [act('stop')] }
    case 'pause': return { text: 'resume lets it go on.', calls: [act('resume')] }
    case 'resume': return { text: 'pause stops what it gains by itself.', calls: [act('pause')] }
    case 'enable': return isControl ? { text: `fallback takes ${variant} out again.`, calls: [act('fallback')] } : { text: `disable takes ${variant} out again.`, calls: [act('disable', variant)] }
    case 'disable': return { text: `enable brings ${variant} back.`, calls: [act('enable', variant)] }
    case 'promote': return { text: 'rollback makes the former champion serve again and locks the version.', calls: [act('rollback')] }
    case 'ramp': return { text: 'A step is not taken back; rollback ends the experiment and the champion serves everybody.', calls: [act('rollback')] }
    case 'approve': return { text: 'reject shuts the gate again.', calls: [act('reject')] }
    case 'reject': return { text: 'approve opens the gate.', calls: [act('approve')] }
    case 'reallocate': return { text: 'pause stops the bandit; it goes on from the weights in force then.', calls: [act('pause')] }
    case 'throttle': return nothingUndone('It follows the load: enrolment grows again when fewer calls come.')
    case 'quarantine': case 'probe': {
      const text = `enable ends the quarantine; should calls of ${variant} fail again, so does its breaker open.`
      return isControl ? nothingUndone('It ends when the control is well.') : { text, calls: [act('enable', variant)] }
    }
    case 'fallback': return rule === 'manual' ? { text: `enable lets ${variant} serve again; nothing else does.`, calls: [act('enable', variant)] }
      : nothingUndone('It ends by itself when the control has been well for five minutes; enable ends it at once.')
    case 'kill': case 'roll-through': {
      const text = `A killed variant does not come back. ${again}`
      return (change.lock ?? []).length > 0 ? { text: `acknowledge unlocks what was locked. ${text}`, calls: [act('acknowledge', variant)] } : nothingUndone(text)
    }
    case 'rollback': case 'emergency-stop': {
      const promoted = change.champion === undefined ? undefined : variants.find((one) => one.key === winner)?.version
      const unlock = (change.lock ?? []).length > 0 ? [act('acknowledge')] : []
      if (promoted === undefined && unlock.length === 0) return nothingUndone(`It has ended. ${again}`)
      if (promoted === undefined) return { text: `acknowledge unlocks what was rolled back; the experiment stays ended. ${again}`, calls: unlock }
      const champion: Call = { method: 'PUT', path: `/api/models/${model}/champion`, body: { version: promoted, reason } }
      return { text: `acknowledge unlocks version "${promoted}", then it can be made champion again.`, calls: [...unlock, champion] }
    }
    case 'hold': return nothingUndone('It is over by itself three looks after its cause. A person may promote all the same.')
    case 'acknowledge': return nothingUndone('What was signed stays signed; another rollback locks the version again.')
    case 'stop': case 'conclude': return nothingUndone(`It has ended. ${again}`)
    case 'archive': return nothingUndone('It stays archived; everything about it can still be read.')
    default: return nothingUndone('No single action takes this back.')
  }
}
