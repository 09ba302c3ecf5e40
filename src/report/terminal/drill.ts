import type { DrillView } from '../../core/drills/drill.ts'
import { secondsText } from '../../core/drills/words.ts'
import { count, plural } from '../../core/describe/wording.ts'
import type { Look } from './report.ts'

/** `silence drill 7 · 1,215 units · Healthy traffic, until the engine has seen it.` */
export const drillProgress = ({ type, id, units, text }: Pick<DrillView, 'type' | 'id' | 'units' | 'text'>): string =>
  `${type} drill ${id} · ${count(units)} ${plural('unit', units)} · ${text}`

/** How a drill ended: whether it passed, what happened, and how fast. */
export const drillText = ({ type, id, state, text, units, timeToDetectMs, timeToRevertMs, decision }: DrillView, { paint }: Pick<Look, 'paint'>): string => {
  const verdict = state === 'passed' ? paint.bold(state) : paint.worse(state)
  const line = (name: string, value: string): string => `  ${name.padEnd(16)}${value}`
  return [
    `${type} drill ${id} ${verdict}: ${text}`,
    line('time to detect', timeToDetectMs === null ? '–' : secondsText(timeToDetectMs)),
    line('time to revert', timeToRevertMs === null ? '–' : secondsText(timeToRevertMs)),
    line('units', count(units)),
    ...(decision === null ? [] : [line('decision', `${decision}, shown by contender replay ${decision}`)]),
  ].join('\n')
}
