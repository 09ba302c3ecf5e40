const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

/** "6 Nov" */
export const dayText = (at: number): string => {
  const date = new Date(at)
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}`
}

/** "04:00" */
export const clockText = (at: number): string => new Date(at).toISOString().slice(11, 16)

/** "6 Nov 04:00 UTC" */
export const momentText = (at: number): string => `${dayText(at)} ${clockText(at)} UTC`

const paces = [
  minute, 5 * minute, 10 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 3 * day, 7 * day, 14 * day, 28 * day, 56 * day, 112 * day,
]

/** Round moments from `from` to `to` (milliseconds), at most `most` of them (2 and more), and what to write there. */
export const timeTicks = (from: number, to: number, most: number): { value: number; text: string }[] => {
  const pace = paces.find((one) => (to - from) / one <= most - 1) ?? Math.ceil((to - from) / (most - 1) / day) * day
  const ticks = []
  for (let at = Math.ceil(from / pace) * pace; at <= to; at += pace) {
    ticks.push({ value: at, text: pace < day && at % day !== 0 ? clockText(at) : dayText(at) })
  }
  return ticks
}
