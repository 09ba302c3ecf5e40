/** As many steps as a chart of a page's width can show. */
export const mostSteps = 400

/**
 * Indices of at most `most` of `length` points, spread evenly, the first and the last among them. Those in `wanted` stay
 * as well, so that a moment the caption names is on the line and in the table.
 */
export const thinned = (length: number, wanted: readonly number[] = [], most: number = mostSteps): number[] => {
  if (length <= most) return Array.from({ length }, (_, index) => index)
  const own = [...new Set(wanted.filter((index) => index >= 0 && index < length))].slice(0, most - 2)
  const room = most - own.length
  const even = Array.from({ length: room }, (_, index) => Math.round((index * (length - 1)) / (room - 1)))
  return [...new Set([...even, ...own])].sort((a, b) => a - b)
}
