import { requireDurationMs } from '../define/duration.ts'
import { span } from '../describe/wording.ts'
import { type DrillPolicy, type DrillType, drillTypes, type DrillView } from './drill.ts'
import { isFresh } from './standing.ts'
import { drillText } from './words.ts'

/** A drill that policies want, and how the last of its type went. `everyMs`: so old it may be, by the strictest of them. */
export type WantedDrill = { type: DrillType; everyMs: number; required: boolean; last: DrillView | null }

/** What the policies of a model's experiments want to be rehearsed. @param last the last of each type that passed or failed */
export const wantedDrills = (policies: readonly DrillPolicy[], last: readonly DrillView[]): WantedDrill[] =>
  drillTypes.flatMap((type) => {
    const own = policies.filter(({ types }) => types.includes(type))
    if (own.length === 0) return []
    return [{
      type, everyMs: Math.min(...own.map(({ every }) => requireDurationMs(every))), required: own.some(({ required }) => required),
      last: last.find((one) => one.type === type) ?? null,
    }]
  })

/** How it stands, as a sentence; `old`: nobody can count on it. @param now milliseconds since 1970 */
export const wantedText = ({ type, everyMs, required, last }: WantedDrill, now: number): { text: string; old: boolean } => {
  const old = !isFresh(last?.endedAt ? { state: last.state, at: new Date(last.endedAt) } : undefined, everyMs, new Date(now))
  const said = last === null ? `${type} was never rehearsed` : drillText(last, now)
  const text = old ? `${said}; wanted within ${span(everyMs)}${required ? ', and nothing is promoted without it' : ''}` : said
  return { text: `${text.charAt(0).toUpperCase()}${text.slice(1)}.`, old }
}
