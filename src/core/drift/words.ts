import type { Alarm } from '../decide/holds.ts'
import { decimal, count } from '../describe/wording.ts'
import type { Report } from '../analyze/report.ts'
import type { DriftTrack, DriftWindow } from '../define/drift.ts'
import type { Drifting } from './drifts.ts'

const alarming = ({ track }: Pick<Drifting, 'track'>): boolean => track.last?.alarm === true

const shown = (index: number): string => decimal(index, index < 10 ? 2 : 0)
/** A limit is rounded up, so that what is beyond it looks so. */
const limitText = (limit: number): string => decimal(Math.ceil(limit * 1_000) / 1_000, limit < 0.2005 ? 1 : 3)
const dayAndTime = (iso: string): string => iso.slice(0, 16).replace('T', ' ')

/** How far a window is from the first values, as a phrase. */
export const windowWords = ({ n, index, limit, to }: DriftWindow, reference: DriftTrack['reference']): string =>
  `stability index ${shown(index)} of ${count(Math.floor(n))} values up to ${dayAndTime(to)} UTC against the first ${count(Math.floor(reference?.n ?? 0))}, where chance stays below ${limitText(limit)}`

/**
 * What holds an experiment because distributions have moved, as phrases: of one measure all variants together where all of
 * them have moved, since then the world has; else each that has, and whether the others were as before meanwhile.
 */
export const driftAlarms = (drifting: readonly Drifting[]): Alarm[] =>
  [...Map.groupBy(drifting, ({ measure }) => measure)].flatMap(([measure, all]): Alarm[] => {
    const moved = all.filter(alarming)
    const [first] = moved
    if (!first) return []
    if (moved.length === all.length && all.length > 1) {
      const worst = moved.reduce((most, one) => ((one.track.last?.index ?? 0) > (most.track.last?.index ?? 0) ? one : most), first)
      return [{
        reason: 'drift', variant: null, metric: measure,
        text: `the values of ${measure} have moved with all variants alike, so what comes in has changed, not one of them: ${wordsOf(worst)}`,
      }]
    }
    return moved.map((one) => ({ reason: 'drift', variant: one.variant, metric: measure, text: `the values of ${measure} have moved with ${one.variant}${othersOf(one, all)}: ${wordsOf(one)}` }))
  })

const wordsOf = ({ track, variant }: Drifting): string =>
  track.last ? `${variant} has a ${windowWords(track.last, track.reference)}` : variant

/** The others count as unmoved only where a window of them reaches into the one that has moved. */
const othersOf = (moved: Drifting, all: readonly Drifting[]): string => {
  const others = all.filter((one) => one !== moved && !alarming(one))
  const seen = others.length > 0 && others.every(({ track }) => track.last !== null && track.last.to > (moved.track.last?.from ?? ''))
  return seen && others.length === all.length - 1 ? ' alone' : ''
}

/** What a report says of it beside other checks; nothing where nothing is looked after. */
export const driftHealth = (drifting: readonly Drifting[]): Report['health'] => {
  if (drifting.length === 0) return []
  const moved = drifting.filter(alarming)
  if (moved.length > 0) return [{ check: 'drift', verdict: 'FAIL', text: driftAlarms(drifting).map(({ text }) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`).join(' ') }]
  const measures = [...new Set(drifting.map(({ measure }) => measure))].join(', ')
  const waiting = drifting.filter(({ track }) => track.windows === 0)
  return [{
    check: 'drift', verdict: 'PASS',
    text: waiting.length > 0
      ? `Not compared yet: ${waiting.map(({ measure, variant }) => `${measure} of ${variant}`).join(', ')}. Each needs 500 values to compare with, and 500 more.`
      : `The values of ${measures} are spread as they were at first.`,
  }]
}
