import { drillAction } from '../drills/drill.ts'
import { linksOf } from './decision-links.ts'
import type { LedgerEntry } from '../decide/ledger.ts'
import type { Report } from '../analyze/report.ts'

/** What receivers of webhooks can be told of. A name always comes with the same fields. */
export const eventTypes = [
  'experiment.started', 'experiment.paused', 'experiment.resumed', 'experiment.ramped', 'experiment.approved', 'experiment.rejected',
  'experiment.promoted', 'experiment.rolled_back', 'experiment.rolled_through', 'experiment.concluded', 'experiment.stopped', 'experiment.emergency_stopped',
  'experiment.acknowledged', 'experiment.archived', 'experiment.held', 'experiment.imported',
  'variant.killed', 'variant.enabled', 'variant.disabled', 'variant.quarantined', 'variant.probed', 'variant.released',
  'variant.fallback_began', 'variant.fallback_ended',
  'traffic.reallocated',
  'model.champion_set', 'model.rolled_back', 'model.enabled', 'model.disabled', 'model.configured', 'model.alerted', 'model.acknowledged', 'model.retrain',
  'decision.applied', 'decision.held', 'decision.failed',
  'drill.failed',
  'webhook.test',
] as const
export type EventType = (typeof eventTypes)[number]

/** What a webhook may ask for: names, all of a family, or everything. */
export const eventFilters = ['*', 'experiment.*', 'variant.*', 'traffic.*', 'model.*', 'decision.*', 'drill.*', ...eventTypes.slice(0, -1)] as const

export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'cancelled'

/**
 * What became of one attempt. `answered`: with anything but 2xx; `unreadable`: its secret could not be read, so nothing
 * was sent; `interrupted`: the process stopped; `unknown`: the process died, and the receiver may have got it.
 */
export type AttemptResult =
  | 'sending' | 'delivered' | 'answered' | 'timeout' | 'unreachable' | 'not_allowed' | 'unreadable' | 'interrupted' | 'unknown'

type Told = Pick<LedgerEntry, 'action' | 'status' | 'experiment'>

const ofExperiments: Record<string, EventType> = {
  start: 'experiment.started', pause: 'experiment.paused', resume: 'experiment.resumed', ramp: 'experiment.ramped',
  approve: 'experiment.approved', reject: 'experiment.rejected', promote: 'experiment.promoted', rollback: 'experiment.rolled_back',
  'roll-through': 'experiment.rolled_through',
  conclude: 'experiment.concluded', stop: 'experiment.stopped', 'emergency-stop': 'experiment.emergency_stopped',
  acknowledge: 'experiment.acknowledged', archive: 'experiment.archived', hold: 'experiment.held',
  import: 'experiment.imported',
  kill: 'variant.killed', enable: 'variant.enabled', disable: 'variant.disabled',
  quarantine: 'variant.quarantined', probe: 'variant.probed', release: 'variant.released',
  fallback: 'variant.fallback_began', restore: 'variant.fallback_ended',
  // a family of its own, since a bandit moves traffic every few minutes
  reallocate: 'traffic.reallocated', throttle: 'traffic.reallocated',
}
const ofModels: Record<string, EventType> = {
  champion: 'model.champion_set', rollback: 'model.rolled_back', enable: 'model.enabled', disable: 'model.disabled', configure: 'model.configured',
  alert: 'model.alerted', acknowledge: 'model.acknowledged', retrain: 'model.retrain',
}

/** The name of what an entry of the ledger tells; an action without a name of its own is `decision.applied`. */
export const eventTypeOf = ({ action, status, experiment }: Told): EventType => {
  if (action === drillAction) return 'drill.failed'
  if (status !== 'applied') return status === 'held' ? 'decision.held' : 'decision.failed'
  return (experiment === null ? ofModels : ofExperiments)[action] ?? 'decision.applied'
}

/** Does somebody who asked for `filters` want to hear of this? A test is for whoever asked for the test. */
export const wants = (filters: readonly string[], type: EventType): boolean =>
  type !== 'webhook.test' && filters.some((filter) => filter === '*' || filter === type || filter === `${type.split('.')[0]}.*`)

/** What is sent. `text` is for people: chat services that take a `text` show it as it is. */
export type Notification = {
  /** The same in every attempt, and the same as the header `webhook-id`. */
  id: string
  type: EventType
  /** When it was decided, ISO 8601; not when it was sent. */
  timestamp: string
  text: string
  data: {
    experiment: string | null
    model: string | null
    /** Position in its chain. Messages may arrive in another order. */
    seq: number | null
    decision: (LedgerEntry & { id: number }) | null
    /** What the report said when it was decided; null where there was none. */
    summary: Report['summary'] | null
    /** The stored analysis that the summary is of: `?asOf=` reads the rest. */
    analysis: { id: number; at: string } | null
    /** Where the post-mortem is that it opened, a path of the API; null where it opened none. */
    postMortem: string | null
  }
}

/** Chat services read &, < and > as markup: a reason must not call everybody in a channel. */
const plain = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const said: Record<EventType, string> = {
  'experiment.started': 'started', 'experiment.paused': 'paused', 'experiment.resumed': 'resumed', 'experiment.ramped': 'took the next step',
  'experiment.approved': 'approved', 'experiment.rejected': 'rejected', 'experiment.promoted': 'promoted', 'experiment.rolled_back': 'rolled back',
  'experiment.rolled_through': 'handed on to the next candidate',
  'experiment.concluded': 'ended without a clear winner', 'experiment.stopped': 'stopped', 'experiment.emergency_stopped': 'stopped at once',
  'experiment.acknowledged': 'acknowledged', 'experiment.archived': 'archived', 'experiment.held': 'holds changed', 'experiment.imported': 'goes on from what was learned elsewhere, imported',
  'variant.killed': 'stopped', 'variant.enabled': 'enabled', 'variant.disabled': 'disabled',
  'variant.quarantined': 'quarantined', 'variant.probed': 'tried again', 'variant.released': 'back at work',
  'variant.fallback_began': 'stood in for', 'variant.fallback_ended': 'serves again', 'traffic.reallocated': 'traffic moved',
  'model.champion_set': 'got another champion', 'model.rolled_back': 'went back to an earlier champion', 'model.enabled': 'enabled',
  'model.disabled': 'disabled', 'model.configured': 'configured', 'model.alerted': 'alarms its watch, seen', 'model.acknowledged': 'its watch’s alerts acknowledged',
  'model.retrain': 'is due to be trained again, seen',
  'decision.applied': 'applied', 'decision.held': 'held back', 'decision.failed': 'failed', 'drill.failed': 'a drill failed', 'webhook.test': 'test',
}

/** What an entry of the ledger says was done, in the past tense: promoted, held back, traffic moved. */
export const verbOf = (entry: Told): string => said[eventTypeOf(entry)]

/** Nobody knows the synthetic model: the reason says which drill it was. */
const whatOf = ({ experiment, model, action }: LedgerEntry): string => (action === drillAction ? 'drill' : (experiment ?? model ?? ''))

const textOf = (type: EventType, entry: LedgerEntry, summary: Report['summary'] | null, postMortem: string | null): string => {
  const { action, variant, actor, reason } = entry
  const family = type.startsWith('decision.') ? `${action} ` : ''
  const who = variant === null ? '' : `${variant} `
  const first = `${whatOf(entry)}: ${family}${who}${said[type]} by ${actor}: ${reason}`
  const lines = [first, ...(summary ? [summary.headline] : []), ...(postMortem === null ? [] : [`Post-mortem to be signed: ${postMortem}`])]
  return plain(lines.join('\n'))
}

/** The message that tells an entry of the ledger. @param decision the entry's global id */
export const notificationOf = (
  id: string,
  entry: LedgerEntry,
  decision: number,
  analysis: { id: number; at: string; summary: Report['summary'] } | null,
): Notification => {
  const type = eventTypeOf(entry)
  const summary = analysis?.summary ?? null
  const { postMortem } = linksOf({ ...entry, id: decision })
  return {
    id,
    type,
    timestamp: entry.at,
    text: textOf(type, entry, summary, postMortem),
    data: {
      experiment: entry.experiment,
      model: entry.model,
      seq: entry.seq,
      decision: { ...entry, id: decision },
      summary,
      analysis: analysis && { id: analysis.id, at: analysis.at },
      postMortem,
    },
  }
}

/** A message by which a receiver can be tried out. */
export const testNotification = (id: string, at: string): Notification => ({
  id,
  type: 'webhook.test',
  timestamp: at,
  text: 'This is a test. Decisions will be told here.',
  data: { experiment: null, model: null, seq: null, decision: null, summary: null, analysis: null, postMortem: null },
})
