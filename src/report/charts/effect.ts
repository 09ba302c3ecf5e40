import { decimal, points, range as rangeWords } from '../../core/describe/wording.ts'
import { bottomMarks, valueMarks } from './axes.ts'
import { effectCaption, firstExcluded } from './effect-caption.ts'
import { effectRange } from './effect-range.ts'
import { effectWords } from './effect-words.ts'
import { along } from './along.ts'
import { drawing, type Frame, painted, type Size, widths } from './frame.ts'
import { markerMarks } from './markers.ts'
import { timeTicks } from './moments.ts'
import { area, line, type Shape } from './shapes.ts'
import { textWidth } from './svg.ts'
import { thinned } from './thin.ts'
import type { Chart, EffectInput, EffectLine, EffectPoint, Part, Table } from './types.ts'
import { type Range, valueTicks } from './values.ts'

/** All moments at which any line has a point, in order. */
const momentsOf = (lines: readonly EffectLine[]): number[] =>
  [...new Set(lines.flatMap((line) => line.points.map(({ at }) => at)))].sort((a, b) => a - b)

/** The input at as many moments as can be drawn, those that the caption names among them. */
const thinnedInput = (input: EffectInput): { input: EffectInput; moments: number[]; all: number } => {
  const moments = momentsOf(input.lines)
  const wanted = input.lines.flatMap((line) => {
    const at = firstExcluded(line)
    return at === null ? [] : [moments.indexOf(at)]
  })
  const chosen = thinned(moments.length, wanted).map((index) => moments[index] ?? 0)
  const kept = new Set(chosen)
  const lines = input.lines.map((line) => ({ ...line, points: line.points.filter(({ at }) => kept.has(at)) }))
  const markers = input.markers.filter(({ at }) => at >= (chosen[0] ?? at) && at <= (chosen.at(-1) ?? at))
  return { input: { ...input, lines, markers }, moments: chosen, all: moments.length }
}

/** Stretches of a line that are drawn alike and belong together. A pale one begins where the full one ends. */
export const stretchesOf = (all: readonly EffectPoint[]): EffectPoint[][] => {
  const stretches: EffectPoint[][] = []
  let before: EffectPoint | null = null
  for (const point of all) {
    const open = stretches.at(-1)
    if (!before || !open || before.scope !== point.scope) stretches.push([point])
    else if (before.matured !== point.matured) stretches.push([before, point])
    else open.push(point)
    before = point
  }
  return stretches
}

const known = ({ estimate, lower, upper }: EffectPoint): boolean => estimate !== null || lower !== null || upper !== null

/** The band along a stretch. Unbounded ends leave the chart. */
const bandOf = (stretch: readonly EffectPoint[], { colour }: EffectLine, range: Range): Shape => {
  const [below, above] = [2 * range.lower - range.upper, 2 * range.upper - range.lower]
  const drawn = stretch.filter(known)
  const upper = drawn.map(({ at, upper: end }) => [at, end ?? above] as const)
  const lower = drawn.map(({ at, lower: end }) => [at, end ?? below] as const)
  return area([...upper, ...lower.toReversed()], colour, isPale(stretch) ? 0.08 : 0.2)
}

/** The estimate along a stretch, broken where it is unknown. */
const estimatesOf = (stretch: readonly EffectPoint[], { colour, dashes }: EffectLine): Shape[] => {
  const runs: [number, number][][] = [[]]
  for (const { at, estimate } of stretch.filter(known)) {
    if (estimate === null) runs.push([])
    else runs.at(-1)?.push([at, estimate])
  }
  return runs.filter((run) => run.length > 1).map((run) => line(run, colour, { dashes, opacity: isPale(stretch) ? 0.45 : 1 }))
}

const isPale = (stretch: readonly EffectPoint[]): boolean => stretch.at(-1)?.matured === false

/** Bands, and over all of them estimates. */
const shapesOf = (lines: readonly EffectLine[], range: Range): Shape[] => {
  const stretches = lines.flatMap((one) => stretchesOf(one.points).map((stretch) => ({ one, stretch })))
  return [...stretches.map(({ one, stretch }) => bandOf(stretch, one, range)), ...stretches.flatMap(({ one, stretch }) => estimatesOf(stretch, one))]
}

const layouts = { wide: { height: 320, ticks: 10, labels: 140 }, narrow: { height: 260, ticks: 5, labels: 80 } }

const frameOf = (input: EffectInput, size: Size, tickWords: readonly string[]): Frame => {
  const { height, labels } = layouts[size]
  const width = widths[size]
  const names = Math.max(...input.lines.map(({ variant }) => textWidth(variant, 13, true)), 0)
  return {
    width, height, left: Math.ceil(Math.max(...tickWords.map((words) => textWidth(words, 12)))) + 12,
    right: width - Math.min(labels, Math.ceil(names) + 12), top: input.markers.length > 0 ? 56 : 30, bottom: height - 28,
  }
}

const drawnAt = async (input: EffectInput, moments: readonly number[], range: Range, size: Size, description: string): Promise<string> => {
  const { factor } = input.scale
  const { values, digits } = valueTicks({ lower: range.lower * factor, upper: range.upper * factor })
  const frame = frameOf(input, size, values.map((value) => decimal(value, digits, true)))
  const [from, to] = [moments[0] ?? 0, moments.at(-1) ?? 1]
  const x = along(from, to, frame.left, frame.right)
  const y = along(range.lower, range.upper, frame.bottom, frame.top)
  const times = { lower: from, upper: to }
  const axes = valueMarks(values.map((value) => ({ value: value / factor, text: decimal(value, digits, true) })), range, frame) +
    bottomMarks(timeTicks(from, to, layouts[size].ticks), times, frame)
  const marks = markerMarks(input.markers, { x, y: 34, bottom: frame.bottom, left: frame.left, right: frame.width })
  const painting = await painted([{ frame, x: times, y: range, shapes: shapesOf(input.lines, range) }], frame, `${input.id}-${size}`)
  return drawing({
    id: input.id, size, frame, title: titleOf(input), description,
    drawing: axes + painting + marks.shapes + effectWords(input, frame, y, range, size),
    links: marks.links, points: moments.map(x),
  })
}

const titleOf = ({ metric }: EffectInput): string => `Effect over time: ${metric}`

const tableOf = ({ lines, scale, control }: EffectInput, moments: readonly number[], range: Range): Table => {
  const { digits } = valueTicks({ lower: range.lower * scale.factor, upper: range.upper * scale.factor }, 50)
  const named = (variant: string, word: string): string => (lines.length === 1 ? word : `${variant}, ${word.toLowerCase()}`)
  const immature = lines.some((line) => line.points.some(({ matured }) => !matured))
  const byMoment = lines.map((line) => new Map(line.points.map((point) => [point.at, point])))
  return {
    head: [
      'Time', ...lines.flatMap(({ variant }) => [named(variant, `Difference from ${control}`), named(variant, 'Range')]), ...(immature ? ['All counted'] : []),
    ],
    rows: moments.map((at): Part[] => {
      const here = byMoment.map((line) => line.get(at))
      return [
        { at },
        ...here.flatMap((point) => point ? [points(point.estimate, scale, digits), rangeWords(point, scale, digits)] : ['', '']),
        ...(immature ? [here.every((point) => point?.matured !== false) ? 'yes' : 'not yet'] : []),
      ]
    }),
  }
}

/**
 * A difference over time: its estimate, the band that holds it, zero, and the harm that is tolerated. Early spikes are
 * cut at the edges, and the caption says so. Throws RangeError when no line has a point.
 */
export const effectChart = async (given: EffectInput): Promise<Chart> => {
  const { input, moments, all } = thinnedInput(given)
  if (moments.length === 0) throw new RangeError('lines must have a point')
  const range = effectRange(input)
  const caption = effectCaption(input, range, { shown: moments.length, all })
  const description = `${Math.round(input.coverage * 100)} % range of the difference from ${input.control} at ` +
    `${moments.length} moments; arrow keys step through them.`
  const wide = await drawnAt(input, moments, range, 'wide', description)
  const narrow = await drawnAt(input, moments, range, 'narrow', description)
  return { id: input.id, title: titleOf(input), svg: { wide, narrow }, caption, table: tableOf(input, moments, range) }
}
