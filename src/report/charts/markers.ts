import { paint } from '../colours.ts'
import { momentText } from './moments.ts'
import { element, textAt, textWidth } from './svg.ts'
import type { Marker } from './types.ts'

const radius = 8.5
const gap = 5

/** Markers that would cover each other, as one; `x` is where the first of them is. */
export type Cluster = { x: number; markers: Marker[]; numbers: string; width: number }

const numbersOf = (markers: readonly Marker[]): string => {
  const [first, last] = [markers[0]?.number ?? 0, markers.at(-1)?.number ?? 0]
  return first === last ? String(first) : `${first}–${last}`
}

const clusterOf = (markers: Marker[], x: number): Cluster => {
  const numbers = numbersOf(markers)
  return { x, markers, numbers, width: Math.max(2 * radius, textWidth(numbers, 11) + 8) }
}

/** Markers in the order of time, those without room for their own number put together with the one before. */
export const clustersOf = (markers: readonly Marker[], x: (at: number) => number): Cluster[] => {
  const clusters: Cluster[] = []
  for (const marker of markers.toSorted((a, b) => a.at - b.at || a.number - b.number)) {
    const last = clusters.at(-1)
    if (last && x(marker.at) - last.x < last.width / 2 + radius + gap) {
      clusters[clusters.length - 1] = clusterOf([...last.markers, marker], last.x)
    } else clusters.push(clusterOf([marker], x(marker.at)))
  }
  return clusters
}

/** The words of lone markers, where there is room for them: after the number or, failing that, before it. */
export const labelsOf = (
  clusters: readonly Cluster[], { left, right }: { left: number; right: number },
): { text: string; x: number; anchor: 'start' | 'end' }[] => {
  let taken = left
  return clusters.flatMap(({ x, width, markers }, index) => {
    const text = markers.length === 1 ? (markers[0]?.label ?? '') : ''
    const [before, after, room] = [x - width / 2 - gap, x + width / 2 + gap, textWidth(text, 12)]
    const next = clusters[index + 1]
    const fitsAfter = after + room <= (next ? next.x - next.width / 2 - gap : right)
    const fitsBefore = before - room >= taken
    taken = fitsAfter ? after + room + gap : after
    if (text === '' || !(fitsAfter || fitsBefore)) return []
    return [fitsAfter ? { text, x: after, anchor: 'start' as const } : { text, x: before, anchor: 'end' as const }]
  })
}

type Place = {
  x: (at: number) => number
  /** The row of the numbers, and where the lines beneath them end. */
  y: number
  bottom: number
  left: number
  right: number
}

const sentence = ({ number, label, at }: Marker): string => `${number}: ${label}, ${momentText(at)}`

/** Dashed lines at decisions, with their words; and apart from them the numbers, each a link into the ledger. */
export const markerMarks = (markers: readonly Marker[], { x, y, bottom, left, right }: Place): { shapes: string; links: string } => {
  const clusters = clustersOf(markers, x)
  const lines = clusters.flatMap((cluster) => cluster.markers.map(({ at }) => element('line', {
    x1: x(at), x2: x(at), y1: y + radius, y2: bottom, stroke: paint('quiet'), 'stroke-width': 1, 'stroke-dasharray': '3 3',
  })))
  const words = labelsOf(clusters, { left, right }).map((label) =>
    textAt(label.x, y + 4, label.text, { 'text-anchor': label.anchor, 'font-size': 12, fill: paint('quiet') }))
  const links = clusters.map((cluster) => element('a', {
    class: 'marker', href: `#decision-${cluster.markers[0]?.decision ?? 0}`, 'aria-label': cluster.markers.map(sentence).join('; '),
  }, [
    element('rect', { x: cluster.x - Math.max(12, cluster.width / 2), y: y - 12, width: Math.max(24, cluster.width), height: 24, fill: 'transparent' }),
    element('rect', {
      x: cluster.x - cluster.width / 2, y: y - radius, width: cluster.width, height: 2 * radius, rx: radius,
      fill: paint('paper'), stroke: paint('quiet'),
    }),
    textAt(cluster.x, y + 4, cluster.numbers, { 'text-anchor': 'middle', 'font-size': 11, 'font-weight': '600', fill: paint('ink') }),
  ].join('')))
  return { shapes: [...lines, ...words].join(''), links: links.join('') }
}
