import { count, decimal, percent } from '../../core/describe/wording.ts'
import { reachesOut } from './effect-range.ts'
import type { EffectInput, EffectLine, EffectPoint, Part, Rule } from './types.ts'
import type { Range } from './values.ts'

/** Does the interval of this point leave out zero? */
export const excludesZero = ({ lower, upper }: EffectPoint): boolean =>
  (lower !== null && lower > 0) || (upper !== null && upper < 0)

/** First moment at which a line's band left zero out; null when it never did. */
export const firstExcluded = ({ points }: Pick<EffectLine, 'points'>): number | null => points.find(excludesZero)?.at ?? null

/** Since when, without a break, a line's band holds zero after it had left it out; null where it did not come back. */
const heldAgain = ({ points }: EffectLine): number | null => {
  if (firstExcluded({ points }) === null) return null
  const lastOut = points.findLastIndex(excludesZero)
  return points[lastOut + 1]?.at ?? null
}

/** Since when the ends of the lines are of units that are still inside their outcome window. */
export const paleSince = (lines: readonly EffectLine[]): number | null => {
  const starts = lines.flatMap(({ points }) => {
    const from = points.findLastIndex(({ matured }) => matured) + 1
    return points[from] ? [points[from].at] : []
  })
  return starts.length > 0 ? Math.min(...starts) : null
}

const times = (value: number): string => `${value < 10 ? decimal(value, 1).replace(/\.0$/, '') : count(value)}×`

const lookWords = ({ taken, planned, nextAt }: Extract<Rule, { decides: 'looks' }>): string => {
  const next = nextAt === null ? '' : ` at ${count(nextAt)} units of the pair`
  if (planned === 1) {
    return taken > 0
      ? 'The rule has looked once, as planned. This band is what it saw, and decides; nothing that came later counts.'
      : `The rule looks once${next === '' ? ', at its planned time' : next}. Before that nothing that is drawn decides.`
  }
  const last = taken === 0 ? 'nothing that is drawn decides' : 'this band is that of the last look, which alone decides'
  return `The rule looks ${planned} times, as planned; ${taken} of them are past${next === '' ? '' : `, the next one is${next}`}. Between looks ${last}.`
}

const ruleWords = ({ rule }: EffectInput): string => {
  switch (rule.decides) {
    case 'band': return 'This band decides, and may be read at any moment.'
    case 'nothing': return 'The band may be read at any moment; no rule uses this metric.'
    case 'looks': return lookWords(rule)
    case 'evidence':
      return `The rule uses evidence: ${rule.value === null ? 'none yet' : times(rule.value)} of ${times(rule.needed)} needed. The band is an illustration.`
    case 'chance':
      return `The rule uses the chance to be better: ${rule.value === null ? 'not known yet' : percent(rule.value)}, ${percent(rule.needed)} needed. ` +
        'The band is drawn at that chance. It is the model’s, not an error rate: watched for long enough, a band like this leaves out zero too often.'
  }
}

const zeroWords = (line: EffectLine, subject: string): Part[] => {
  const first = firstExcluded(line)
  if (first === null) return [` ${subject} has not excluded zero so far.`]
  const again = heldAgain(line)
  return [` ${subject} excluded zero for the first time on `, { at: first }, ...(again === null ? ['.'] : [', and has held it again since ', { at: again }, '.'])]
}

/** Where the early spikes end: the first moment after which the band fits the axis for good. */
const cutWords = (lines: readonly EffectLine[], range: Range): Part[] => {
  const ends = lines.flatMap(({ points }) => {
    const last = points.findLastIndex((point) => reachesOut(point, range))
    return last < 0 ? [] : [points[last + 1]?.at ?? null]
  })
  if (ends.length === 0) return []
  const after = ends.includes(null) ? null : Math.max(...ends.map(Number))
  return after === null
    ? [' Where it is wider than the chart, the band is cut at its edges; the table has the numbers.']
    : [' Before ', { at: after }, ' it was wider than the chart, and is cut at its edges; the table has the numbers.']
}

/** What must be said beneath the chart, so that nobody reads more into it than is there. */
export const effectCaption = (input: EffectInput, range: Range, drawn: { shown: number; all: number }): Part[] => {
  const { lines } = input
  const pale = paleSince(lines)
  return [
    ruleWords(input),
    ...lines.flatMap((line) => zeroWords(line, lines.length === 1 ? 'It' : `That of ${line.variant}`)),
    ...cutWords(lines, range),
    ...(pale === null ? [] : [' Paler since ', { at: pale }, ': units that joined then are still inside their outcome window, and not counted yet.']),
    ...(drawn.shown < drawn.all ? [` Drawn from ${count(drawn.shown)} of ${count(drawn.all)} looks.`] : []),
  ]
}
