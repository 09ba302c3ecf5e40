import { decimal, span } from '../describe/wording.ts'
import type { DrillView } from './drill.ts'

/** "0.04 s", "0.3 s", "14 s", "2.5 min". */
export const secondsText = (ms: number): string => {
  if (ms >= 120_000) return span(ms)
  return `${decimal(ms / 1_000, ms < 100 ? 2 : ms < 10_000 ? 1 : 0)} s`
}

/** How fast it was, as a clause: "detected in 14 s, reverted in 0.3 s"; empty where nothing was. */
const speedText = ({ timeToDetectMs: detect, timeToRevertMs: revert }: Pick<DrillView, 'timeToDetectMs' | 'timeToRevertMs'>): string =>
  [detect === null ? '' : `detected in ${secondsText(detect)}`, revert === null ? '' : `reverted in ${secondsText(revert)}`].filter((one) => one !== '').join(', ')

type Ended = Pick<DrillView, 'type' | 'state' | 'endedAt' | 'timeToDetectMs' | 'timeToRevertMs'>

/** How a drill went: "rollback passed 12 days ago, detected in 14 s, reverted in 0.3 s". @param now milliseconds since 1970 */
export const drillText = (drill: Ended, now: number): string => {
  const ageMs = drill.endedAt === null ? 0 : now - Date.parse(drill.endedAt)
  const ago = ageMs < 60_000 ? ' just now' : ` ${span(ageMs)} ago`
  const speed = drill.state === 'passed' ? speedText(drill) : ''
  const said = drill.state === 'abandoned' ? 'was abandoned' : drill.state
  return `${drill.type} ${said}${ago}${speed === '' ? '' : `, ${speed}`}`
}

/** One line about the latest drill. @param now milliseconds since 1970 */
export const lastDrillText = (drill: Ended, now: number): string => `Last drill: ${drillText(drill, now)}`
