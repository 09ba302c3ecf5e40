import { count } from '../../core/describe/wording.ts'
import { paint } from '../colours.ts'
import { bottomMarks, valueMarks } from './axes.ts'
import { along } from './along.ts'
import { drawing, type Frame, painted, type Size, widths } from './frame.ts'
import { markerMarks } from './markers.ts'
import { timeTicks } from './moments.ts'
import { centreIn } from './places.ts'
import { changes, inForce, inTenths, stretches } from './shares.ts'
import { area, line, type Shape } from './shapes.ts'
import { element, halo, textAt, textWidth } from './svg.ts'
import { thinned } from './thin.ts'
import type { Band, Chart, Part, Step, Table, TrafficInput } from './types.ts'

/** `most`: steps that are drawn; a phone shows no more than two to a pixel. */
const layouts = { wide: { panel: 150, ticks: 10, most: 400 }, narrow: { panel: 130, ticks: 5, most: 160 } }
const [left, right, header, foot] = [48, 24, 38, 28]

/** Fills are tints, so that lines and words over them are read in both themes. */
const tint = 0.4

const above = (shares: readonly number[], band: number): number => shares.slice(0, band + 1).reduce((sum, share) => sum + share, 0)

type Stretch = ReturnType<typeof stretches>[number]

/** The upper edge of a band, from step to step; that of −1 is the floor. */
const edgeOf = (stretch: Stretch, band: number): [number, number][] => {
  const corners: [number, number][] = []
  for (const { at, shares } of stretch) {
    const [share, before] = [above(shares, band), corners.at(-1)?.[1]]
    if (before !== undefined && before !== share) corners.push([at, before])
    corners.push([at, share])
  }
  const last = stretch.at(-1)
  return last ? [...corners, [last.to, above(last.shares, band)]] : corners
}

/** Bands, and over them lines of paper that part them; none along the top. */
const shapesOf = (bands: readonly Band[], steps: readonly Step[], until: number): Shape[] => {
  const known = stretches(steps, until)
  return [
    ...known.flatMap((stretch) => bands.map(({ colour }, band) => area([...edgeOf(stretch, band), ...edgeOf(stretch, band - 1).toReversed()], colour, tint))),
    ...known.flatMap((stretch) => bands.slice(1).map((_, band) => line(edgeOf(stretch, band), 'paper', { width: 1.5 }))),
  ]
}

/** Names at the centres of their bands; those without room stand with a swatch in the panel's title row. */
const names = (bands: readonly Band[], steps: readonly Step[], until: number, x: (at: number) => number, y: (share: number) => number, frame: Frame): string => {
  const known = stretches(steps, until).flat()
  let edge = frame.right
  return bands.map(({ name, colour }, band) => {
    const slabs = known.map(({ at, to, shares }) => ({ from: x(at), to: x(to), lower: y(above(shares, band)), upper: y(above(shares, band - 1)) }))
    const place = centreIn(slabs, textWidth(name, 13, true) + 8, 18)
    if (place) return textAt(place.x, place.y + 4.5, name, { 'text-anchor': 'middle', 'font-size': 13, 'font-weight': '600', fill: paint('ink') })
    if (!known.some(({ shares }) => (shares[band] ?? 0) > 0)) return ''
    const label = textAt(edge, frame.top - 10, name, { 'text-anchor': 'end', 'font-size': 12, 'font-weight': '600', fill: paint('ink') })
    edge -= textWidth(name, 12, true) + 16
    const swatch = element('rect', { x: edge, y: frame.top - 20, width: 11, height: 11, rx: 2, fill: paint(colour), 'fill-opacity': String(tint) })
    edge -= 14
    return label + swatch
  }).join('')
}

const shareTicks = [0, 0.5, 1].map((value) => ({ value, text: `${value * 100} %` }))

type Panel = { title: string; steps: Step[] }

const panelsOf = ({ traffic, best }: TrafficInput): Panel[] => [
  { title: 'Share of the traffic', steps: changes(traffic) },
  ...(best ? [{ title: 'Chance to be the best, as the model estimates it', steps: changes(best) }] : []),
]

const drawnAt = async (input: TrafficInput, panels: readonly Panel[], moments: readonly number[], size: Size, about: { title: string; description: string }): Promise<string> => {
  const { panel: high, ticks, most } = layouts[size]
  const markers = input.markers.filter(({ at }) => at >= (moments[0] ?? 0) && at <= input.until)
  const room = markers.length > 0 ? 28 : 0
  const width = widths[size]
  const height = room + panels.length * (header + high) + foot
  const [from, to] = [moments[0] ?? 0, input.until]
  const frames = panels.map((_, index): Frame => {
    const top = room + header + index * (header + high)
    return { width, height, left, right: width - right, top, bottom: top + high }
  })
  const x = along(from, to, left, width - right)
  const [times, whole] = [{ lower: from, upper: to }, { lower: 0, upper: 1 }]
  const painting = await painted(panels.map(({ steps }, index) => ({
    frame: frames[index] as Frame, x: times, y: whole, shapes: shapesOf(input.bands, changes(steps, most), input.until),
  })), { width, height }, `${input.id}-${size}`)
  const axes = frames.map((frame, index) => valueMarks(shareTicks, whole, frame) +
    bottomMarks(index === frames.length - 1 ? timeTicks(from, to, ticks) : [], times, frame))
  const words = panels.map(({ title, steps }, index) => {
    const frame = frames[index] as Frame
    const heading = size === 'narrow' ? title.replace(/,.*/, '') : title
    return textAt(0, frame.top - 11, heading, { 'font-size': 12, fill: paint('quiet'), ...halo }) +
      names(input.bands, steps, input.until, x, along(0, 1, frame.bottom, frame.top), frame)
  })
  const marks = markerMarks(markers, { x, y: 12, bottom: height - foot, left, right: width })
  return drawing({
    id: input.id, size, frame: { width, height }, ...about,
    drawing: axes.join('') + painting + marks.shapes + words.join(''),
    links: marks.links, points: moments.map(x),
  })
}

const cells = (shares: number[] | null, bands: readonly Band[]): string[] =>
  shares ? inTenths(shares).map((tenths) => `${Math.floor(tenths / 10)}.${tenths % 10} %`) : bands.map(() => 'unknown')

const tableOf = ({ bands, best }: TrafficInput, panels: readonly Panel[], moments: readonly number[]): Table => {
  const columns = panels.map(({ steps }) => inForce(steps, moments))
  return {
    head: ['Time', ...bands.map(({ name }) => `${name}, traffic`), ...(best ? bands.map(({ name }) => `${name}, best`) : [])],
    rows: moments.map((at, row): Part[] => [{ at }, ...columns.flatMap((column) => cells(column[row] ?? null, bands))]),
  }
}

const captionOf = ({ best, chancesSteer }: TrafficInput, shown: number, all: number): Part[] => [
  'Shares of what the experiment serves; each step is a change of traffic.',
  ...(best ? [` The chance to be the best is the model's estimate: it ${chancesSteer ? 'moves the traffic, and decides nothing else' : 'decides nothing'}.`] : []),
  ...(shown < all ? [` Drawn from ${count(shown)} of ${count(all)} steps.`] : []),
]

const momentsOf = (panels: readonly Step[][]): number[] =>
  [...new Set(panels.flatMap((steps) => steps.map(({ at }) => at)))].sort((a, b) => a - b)

/** Traffic, and beneath it on the same axis of time the chances to be the best. Throws RangeError without a step. */
export const trafficChart = async (input: TrafficInput): Promise<Chart> => {
  const panels = panelsOf(input)
  const all = momentsOf([input.traffic, ...(input.best ? [input.best] : [])].map((steps) => changes(steps, Infinity)))
  if (all.length === 0) throw new RangeError('traffic must have a step')
  const drawn = momentsOf(panels.map(({ steps }) => steps))
  const moments = thinned(drawn.length).flatMap((index) => drawn[index] ?? [])
  const title = input.best ? 'Traffic and chance to be the best' : 'Traffic'
  const about = { title, description: `Shares of ${input.bands.map(({ name }) => name).join(', ')} at ${moments.length} moments; arrow keys step through them.` }
  const [wide, narrow] = [await drawnAt(input, panels, moments, 'wide', about), await drawnAt(input, panels, moments, 'narrow', about)]
  return { id: input.id, title, svg: { wide, narrow }, caption: captionOf(input, moments.length, all.length), table: tableOf(input, panels, moments) }
}
