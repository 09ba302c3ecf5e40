import { decimal, digitsFor } from '../../core/describe/wording.ts'
import { paint } from '../colours.ts'
import { bottomMarks, type Tick, valueMarks } from './axes.ts'
import { along } from './along.ts'
import { drawing, type Frame, painted, type Size, widths } from './frame.ts'
import { labelsBeside } from './labels.ts'
import { lastShare, type ShareScale, shareScaleOf, valuesAt } from './quantile-scale.ts'
import { line } from './shapes.ts'
import { element, halo, textAt, textWidth } from './svg.ts'
import type { Chart, Part, QuantileInput } from './types.ts'
import { type Range, roundedRange, valueTicks } from './values.ts'

const layouts = { wide: { height: 320, labels: 140 }, narrow: { height: 260, labels: 80 } }
/** Points of a line. */
const steps = 160

type Curve = { name: string; colour: QuantileInput['variants'][number]['colour']; dashes: string | null; values: number[] }

/** "95 %", "99.9 %" */
const shareWords = (share: number): string => `${decimal(share * 100, 1).replace(/\.0$/, '')} %`

type Plan = { input: QuantileInput; scale: ShareScale; last: number; curves: Curve[]; rows: number[]; range: Range }

/** The quantile and round shares, as far as there are values to tell them. */
const rowsOf = ({ quantile }: QuantileInput, { ticks }: ShareScale, last: number): number[] =>
  [...new Set([...ticks, 0.05, quantile])].filter((share) => share > 0 && share <= last).sort((a, b) => a - b)

const planOf = (input: QuantileInput): Plan => {
  const scale = shareScaleOf(input.quantile)
  const counts = input.variants.map(({ buckets }) => buckets.reduce((sum, { count }) => sum + count, 0)).filter((n) => n > 0)
  if (counts.length === 0) throw new RangeError('variants must have values')
  const last = lastShare(Math.min(...counts), input.quantile)
  const shares = Array.from({ length: steps + 1 }, (_, index) => scale.share((index / steps) * scale.place(last)))
  const curves = input.variants.flatMap(({ name, colour, dashes, buckets }): Curve[] => {
    const values = valuesAt(buckets, shares)
    return values ? [{ name, colour, dashes, values }] : []
  })
  const all = curves.flatMap(({ values }) => values)
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)]
  return { input, scale, last, curves, rows: rowsOf(input, scale, last), range: roundedRange({ lower: low, upper: high > low ? high : low + 1 }) }
}

/** Those marks that leave each other so many pixels; the one at `first` goes before all others. */
const apartFrom = (marks: readonly Tick[], x: (place: number) => number, first: number, pixels: number): Tick[] => {
  const kept: Tick[] = []
  for (const mark of [...marks.filter(({ value }) => value === first), ...marks]) {
    if (kept.every(({ value }) => Math.abs(x(value) - x(mark.value)) >= pixels)) kept.push(mark)
  }
  return kept
}

const drawnAt = async ({ input, scale, last, curves, rows, range }: Plan, size: Size): Promise<string> => {
  const { height, labels } = layouts[size]
  const width = widths[size]
  const { values: ticks, digits } = valueTicks(range)
  const names = Math.max(...curves.map(({ name }) => textWidth(name, 13, true)))
  const frame: Frame = {
    width, height, left: Math.ceil(Math.max(...ticks.map((tick) => textWidth(decimal(tick, digits), 12)))) + 12,
    right: width - Math.min(labels, Math.ceil(names) + 14), top: 40, bottom: height - 46,
  }
  const end = scale.place(last)
  const x = along(0, end, frame.left, frame.right)
  const y = along(range.lower, range.upper, frame.bottom, frame.top)
  const marked = scale.ticks.filter((share) => share <= last).map((share) => ({ value: scale.place(share), text: shareWords(share) }))
  const axes = valueMarks(ticks.map((value) => ({ value, text: decimal(value, digits) })), range, frame) +
    bottomMarks(marked, { lower: 0, upper: end }, frame, apartFrom(marked, x, scale.place(input.quantile), 38))
  const shapes = curves.map(({ colour, dashes, values }) => line(values.map((value, index) => [(index / steps) * end, value]), colour, { dashes }))
  const asked = x(scale.place(input.quantile))
  const title = `${shareWords(input.quantile)} lie at or below`
  const fits = asked + 6 + textWidth(title, 12) < frame.right
  const words = [
    textAt(0, 13, `Value of ${input.metric}`, { 'font-size': 12, fill: paint('quiet') }),
    textAt((frame.left + frame.right) / 2, height - 6, size === 'wide' ? 'Share of outcomes at or below that value' : 'Share at or below it', { 'text-anchor': 'middle', 'font-size': 12, fill: paint('quiet') }),
    element('line', { x1: asked, x2: asked, y1: frame.top - 8, y2: frame.bottom, stroke: paint('ink'), 'stroke-dasharray': '4 3' }),
    textAt(fits ? asked + 6 : asked - 6, frame.top - 4, title, { 'text-anchor': fits ? 'start' : 'end', 'font-size': 12, fill: paint('ink'), ...halo }),
    ...input.variants.flatMap(({ buckets, colour }) => (valuesAt(buckets, [input.quantile]) ?? []).map((value) =>
      element('circle', { cx: asked, cy: y(value), r: 4.5, fill: paint(colour), stroke: paint('paper'), 'stroke-width': 1.5 }))),
    labelsBeside(curves.map(({ name, colour, values }) => ({ text: name, colour, y: y(values.at(-1) ?? 0) })), { x: frame.right + 8, width: width - frame.right - 8, top: frame.top, bottom: frame.bottom }),
  ]
  return drawing({
    id: input.id, size, frame, title: titleOf(input), links: '',
    description: `Values of ${input.metric} below which shares of the outcomes lie, by variant; arrow keys step through ${rows.length} shares.`,
    drawing: axes + (await painted([{ frame, x: { lower: 0, upper: end }, y: range, shapes }], frame, `${input.id}-${size}`)) + words.join(''), points: rows.map((share) => x(scale.place(share))),
  })
}

const titleOf = ({ metric }: QuantileInput): string => `Distribution: ${metric}`

/**
 * How values of a metric are spread, variant by variant: the value below which each share of the outcomes lies, with room
 * for the tail. It shows outcomes, not units, and decides nothing. Throws RangeError without a value.
 */
export const quantileChart = async (input: QuantileInput): Promise<Chart> => {
  const plan = planOf(input)
  const { curves, rows, range, last } = plan
  const digits = digitsFor((range.upper - range.lower) / 10)
  const columns = input.variants.filter(({ name }) => curves.some((curve) => curve.name === name)).map(({ buckets }) => valuesAt(buckets, rows) ?? [])
  const [wide, narrow] = [await drawnAt(plan, 'wide'), await drawnAt(plan, 'narrow')]
  return {
    id: input.id, title: titleOf(input), svg: { wide, narrow },
    caption: [
      `Read upwards: at ${shareWords(input.quantile)} stands the value that ${shareWords(input.quantile)} of the outcomes do not exceed. ` +
      `Beyond ${shareWords(last)} there are too few outcomes to draw. The picture decides nothing; the table of differences has the ranges.`,
    ],
    table: {
      head: ['Share at or below', ...curves.map(({ name }) => name)],
      rows: rows.map((share, row): Part[] => [shareWords(share), ...columns.map((values) => decimal(values[row] ?? 0, digits))]),
    },
  }
}
