import { paint } from '../colours.ts'
import { labelStyle } from './frame.ts'
import { timeTicks } from './moments.ts'

/** A time axis at the bottom of a panel: round moments, as many as fit. `labels`: false for a panel above another. */
export const timeAxis = (from: number, to: number, most: number, labels = true) => {
  const ticks = timeTicks(from, to, most)
  const values = ticks.map(({ at }) => at)
  const texts = new Map(ticks.map(({ at, text }) => [at, text]))
  return {
    type: 'value' as const, min: from, max: to,
    axisLine: { show: true, onZero: false, lineStyle: { color: paint('rule') } },
    axisTick: { show: labels, customValues: values, length: 4, lineStyle: { color: paint('rule') } },
    axisLabel: { show: labels, customValues: values, formatter: (at: number) => texts.get(at) ?? '', ...labelStyle },
    splitLine: { show: false },
  }
}

/** A value axis at the left of a panel with lines across it, labelled at `values`. */
export const valueAxis = ({ lower, upper }: { lower: number; upper: number }, values: readonly number[], words: (value: number) => string) => ({
  type: 'value' as const, min: lower, max: upper,  axisLine: { show: false },
  axisTick: { show: false, customValues: [...values] },
  axisLabel: { customValues: [...values], formatter: words, ...labelStyle },
  splitLine: { lineStyle: { color: paint('rule') } },
})

/** A line without symbols and without anything that waits for a mouse. */
export const plainLine = { type: 'line' as const, silent: true, showSymbol: false, emphasis: { disabled: true } }
