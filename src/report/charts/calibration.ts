import { decimal } from '../../core/describe/wording.ts'
import { wilsonInterval } from '../../../stats/index.ts'
import { paint } from '../colours.ts'
import { allowedShare, watchedRuns } from './calibration-figures.ts'
import { along } from './along.ts'
import { drawing, type Size, widths } from './frame.ts'
import { element, halo, textAt } from './svg.ts'
import type { Chart, Part } from './types.ts'

const layouts = { wide: { left: 150, right: 70, row: 40, ticks: [0, 0.1, 0.2, 0.3, 0.4, 0.5] }, narrow: { left: 116, right: 48, row: 40, ticks: [0, 0.25, 0.5] } }
const [top, foot, most] = [58, 30, 0.5]
const title = 'False alarms while looking all the time'

const share = (value: number): string => `${decimal(value * 100, 1)} %`

const drawnAt = (id: string, size: Size): string => {
  const { left, right, row, ticks } = layouts[size]
  const [width, height] = [widths[size], top + watchedRuns.length * row + foot]
  const [end, bottom] = [width - right, height - foot]
  const x = along(0, most, left, end)
  const bar = (y: number, value: number, colour: 'worse' | 'better'): string =>
    element('rect', { x: left, y, width: x(value) - left, height: 12, rx: 2, fill: paint(colour) }) +
    textAt(Math.max(x(value), x(allowedShare)) + 6, y + 10.5, share(value), { 'font-size': 12, fill: paint(colour), 'font-weight': '600', ...halo })
  const rows = watchedRuns.map(({ words, runs, fixed, sequential }, index) => {
    const y = top + index * row
    return textAt(left - 10, y + 22, words, { 'text-anchor': 'end', 'font-size': size === 'wide' ? 14 : 12, fill: paint('ink') }) +
      bar(y + 5, fixed / runs, 'worse') + bar(y + 20, sequential / runs, 'better')
  })
  const grid = ticks.map((value) =>
    element('line', { x1: x(value), x2: x(value), y1: top, y2: bottom, stroke: paint('rule') }) +
    textAt(x(value), bottom + 18, `${Math.round(value * 100)} %`, { 'text-anchor': 'middle', 'font-size': 12, fill: paint('quiet') }))
  const key = (at: number, y: number, colour: 'worse' | 'better', words: string): string =>
    element('rect', { x: at, y: y - 10, width: 12, height: 12, rx: 2, fill: paint(colour) }) + textAt(at + 18, y, words, { 'font-size': 12, fill: paint('ink') })
  const shapes = [
    ...grid,
    key(0, 14, 'worse', size === 'wide' ? 'ordinary 95 % interval, watched until it excludes zero' : 'ordinary interval, watched'),
    key(size === 'wide' ? 420 : 0, size === 'wide' ? 14 : 34, 'better', size === 'wide' ? 'the always-valid interval of these reports' : 'always-valid interval'),
    ...rows,
    element('line', { x1: x(allowedShare), x2: x(allowedShare), y1: top - 6, y2: bottom, stroke: paint('ink'), 'stroke-width': 1.5, 'stroke-dasharray': '4 3' }),
    textAt(x(allowedShare) + 4, top - 1, `${share(allowedShare).replace('.0', '')} allowed`, { 'font-size': 12, fill: paint('ink'), ...halo }),
  ]
  return drawing({
    id, size, frame: { width, height }, title, links: '', drawing: shapes.join(''),
    description: `Shares of runs without any difference in which an interval ever excluded zero, for ${watchedRuns.length} kinds of metrics.`,
    points: watchedRuns.map(({ runs, fixed }) => x(fixed / runs)),
  })
}

const cell = (errors: number, runs: number): string => {
  const { lower, upper } = wilsonInterval(errors, runs, 0.95)
  return `${share(errors / runs)} (${decimal(lower * 100, 1)} to ${decimal(upper * 100, 1)})`
}

/** How often each kind of interval raises a false alarm when somebody looks after every unit, measured by simulation. */
export const calibrationChart = (id = 'calibration'): Chart => ({
  id, title,
  svg: { wide: drawnAt(id, 'wide'), narrow: drawnAt(id, 'narrow') },
  caption: [
    'Simulated experiments of 10,000 units without any difference, looked at after every unit. The ordinary interval is right 95 % of the time when it is ' +
    'looked at once; watched, it raises a false alarm in up to half of them. The always-valid one stays below the 5 % that are allowed, whenever you look.',
  ],
  table: {
    head: ['Metric', 'Ordinary interval, watched', 'Always-valid interval', 'Runs'],
    rows: watchedRuns.map(({ words, runs, fixed, sequential }): Part[] => [words, cell(fixed, runs), cell(sequential, runs), decimal(runs, 0)]),
  },
})
