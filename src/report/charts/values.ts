/** 1, 2 or 5 times a power of ten, so that at most `most` steps of it fit into `width`. */
const niceStep = (width: number, most: number): number => {
  const rough = width / Math.max(1, most)
  const power = 10 ** Math.floor(Math.log10(rough))
  const times = [1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10
  return times * power
}

export type Range = { lower: number; upper: number }

/** Round values inside a range, `most` and one at most; 0 is one of them where the range holds it. */
export const valueTicks = ({ lower, upper }: Range, most = 7): { values: number[]; digits: number } => {
  const step = niceStep(upper - lower, most)
  const first = Math.ceil(lower / step - 1e-9)
  const last = Math.floor(upper / step + 1e-9)
  return {
    values: Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step),
    digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
  }
}

/** The range widened to round values. */
export const roundedRange = ({ lower, upper }: Range, most = 6): Range => {
  const step = niceStep(upper - lower, most)
  return { lower: Math.floor(lower / step + 1e-9) * step, upper: Math.ceil(upper / step - 1e-9) * step }
}

export const within = (value: number, { lower, upper }: Range): number => Math.min(upper, Math.max(lower, value))

/** The value that the share `part` of them do not exceed; values in any order, at least one. */
export const atPart = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
}
