/** What was done, in the past tense. */
const done: Record<string, string> = {
  start: 'started', pause: 'paused', resume: 'resumed', ramp: 'ramped up', approve: 'approved', reject: 'rejected', enable: 'enabled', disable: 'disabled',
  promote: 'promoted', kill: 'stopped', rollback: 'rolled back', 'roll-through': 'rolled through', stop: 'ended', conclude: 'ended', hold: 'put on hold',
  reallocate: 'moved traffic', throttle: 'changed enrolment', quarantine: 'quarantined', probe: 'tried', release: 'released', fallback: 'fell back from', restore: 'restored',
  acknowledge: 'acknowledged', 'emergency-stop': 'stopped at once', archive: 'archived', champion: 'made champion', configure: 'configured', alert: 'raised an alarm', retrain: 'called for training again', import: 'took over what was learned elsewhere', heads: 'chained the heads of all ledgers',
}

/** What was not done, and why not is told beside it. */
const wanted: Record<string, string> = {
  promote: 'promotion of', kill: 'stop of', rollback: 'rollback of', 'roll-through': 'roll-through of', fallback: 'fallback of', conclude: 'end', reallocate: 'move of traffic', throttle: 'change of enrolment',
}

type Deed = { action: string; variant: string | null; status: string }

/** An entry of a ledger as a phrase: "promoted qwen", "held back: promotion of qwen", "failed: rollback of qwen". */
export const deedText = ({ action, variant, status }: Deed): string => {
  const whom = variant === null ? '' : ` ${variant}`
  if (status === 'applied') return `${done[action] ?? action.replaceAll('-', ' ')}${whom}`
  const phrase = wanted[action] ?? action.replaceAll('-', ' ')
  const text = `${variant === null ? phrase.replace(/ of$/, '') : phrase}${whom}`
  return `${status === 'failed' ? 'failed' : 'held back'}: ${text}`
}
