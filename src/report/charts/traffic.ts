import { count, decimal } from '../../core/wording.ts'
import { paint } from '../colours.ts'
import { plainLine, timeAxis, valueAxis } from './axes.ts'
import { along, drawing, type Frame, gridOf, painted, type Size, widths } from './frame.ts'
import { markerMarks } from './markers.ts'
import { centreIn } from './places.ts'
import { changes, inForce, inTenths, stretches } from './shares.ts'
import { element, textAt, textWidth } from './svg.ts'
import { thinned } from './thin.ts'
import type { Band, Chart, Part, Step, Table, TrafficInput } from './types.ts'

/** `most`: steps that are drawn; a phone shows no more than two to a pixel. */
const layouts = { wide: { panel: 150, ticks: 10, most: 400 }, narrow: { panel: 130, ticks: 5, most: 160 } }
const [left, right, header, foot] = [48, 24, 38, 28]

/** Fills are tints, so that lines and words over them are read in both themes. */
const tint = 0.4

const seriesOf = (bands: readonly Band[], steps: readonly Step[], until: number, panel: number) =>
  stretches(steps, until).flatMap((stretch, part) => bands.map(({ colour }, band) => ({
    ...plainLine, step: 'end' as const, stack: `${panel}-${part}`, xAxisIndex: panel, yAxisIndex: panel,
    data: [...stretch.map(({ at, shares }) => [at, shares[band] ?? 0]), [stretch.at(-1)?.to ?? until, stretch.at(-1)?.shares[band] ?? 0]],
    areaStyle: { color: paint(colour), opacity: tint },
    // a line of paper between the bands, none along the top
    lineStyle: { color: paint('paper'), width: band < bands.length - 1 ? 1.5 : 0 },
  })))

const above = (shares: readonly number[], band: number): number => shares.slice(0, band + 1).reduce((sum, share) => sum + share, 0)

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

const percentWords = (share: number): string => `${Math.round(share * 100)} %`

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
  const option = {
    grid: frames.map(gridOf),
    xAxis: panels.map((_, index) => ({ ...timeAxis(from, to, ticks, index === panels.length - 1), gridIndex: index })),
    yAxis: panels.map((_, index) => ({ ...valueAxis({ lower: 0, upper: 1 }, [0, 0.5, 1], percentWords), gridIndex: index })),
    series: panels.flatMap(({ steps }, index) => seriesOf(input.bands, changes(steps, most), input.until, index)),
  }
  const words = panels.map(({ title, steps }, index) => {
    const frame = frames[index] as Frame
    const heading = size === 'narrow' ? title.replace(/,.*/, '') : title
    return textAt(0, frame.top - 11, heading, { 'font-size': 12, fill: paint('quiet') }) +
      names(input.bands, steps, input.until, x, along(0, 1, frame.bottom, frame.top), frame)
  })
  const marks = markerMarks(markers, { x, y: 12, bottom: height - foot, left, right: width })
  return drawing({
    id: input.id, size, frame: { width, height }, ...about,
    drawing: (await painted(option, { width, height }, `${input.id}-${size}`)) + marks.shapes + words.join(''),
    links: marks.links, points: moments.map(x),
  })
}

const cells = (shares: number[] | null, bands: readonly Band[]): string[] =>
  shares ? inTenths(shares).map((tenths) => `${decimal(tenths / 10, 1)} %`) : bands.map(() => 'unknown')

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
