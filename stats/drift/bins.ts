import { requireCount, requireFinite } from '../check.ts'

/** So many values that are `value`, or stand in a bucket that it stands for. */
export type Counted = { value: number; count: number }

/**
 * Into which bins values fall, plain JSON. `numeric`: bin i holds the values in (edges[i−1], edges[i]], the first and the
 * last are open. `categorical`: a bin for each of `values`, and a last one for everything else.
 */
export type Bins = { kind: 'numeric'; edges: number[] } | { kind: 'categorical'; values: number[] }

/** Ten parts of equal probability show a shift best: more of them are louder by chance alone. Values of their own may be more. */
const DEFAULT_BINS = { numeric: 10, categorical: 20 }
const MOST_BINS = 20

/** Values that are rarer in a reference share the last bin. */
const RARE = 5

/** The largest double below x. */
const justBelow = (x: number): number => {
  if (x === 0) return -Number.MIN_VALUE
  const float = new Float64Array([x])
  const bits = new BigInt64Array(float.buffer)
  bits[0] = bits[0]! + (x > 0 ? -1n : 1n)
  return float[0]!
}

/** Counts per distinct value, ascending; 0 counts vanish. */
const ordered = (values: Iterable<Counted>): Counted[] => {
  const counts = new Map<number, number>()
  for (const { value, count } of values) {
    requireFinite('value', value)
    requireCount('count', count)
    if (count > 0) counts.set(value, (counts.get(value) ?? 0) + count)
  }
  return [...counts].map(([value, count]) => ({ value, count })).sort((one, other) => one.value - other.value)
}

/** Without the edges whose bins hold least, until there are at most so many bins. */
const merged = (edges: readonly number[], atoms: readonly Counted[], most: number): number[] => {
  let left = [...edges]
  while (left.length >= most) {
    const counts = countInBins({ kind: 'numeric', edges: left }, atoms)
    const together = left.map((_, index) => (counts[index] ?? 0) + (counts[index + 1] ?? 0))
    const least = together.indexOf(Math.min(...together))
    left = left.filter((_, index) => index !== least)
  }
  return left
}

/**
 * Bins of about equal probability. A value with a bin's share or more gets a bin of its own, and where that is the least
 * or greatest one, a bin beyond it that is empty in the reference: a constant has three, so that anything new is seen.
 */
const numericBins = (atoms: readonly Counted[], most: number): Bins => {
  const n = atoms.reduce((sum, { count }) => sum + count, 0)
  const isHeavy = ({ count }: Counted): boolean => count * most >= n
  const heavy = atoms.filter(isHeavy)
  const share = (n - heavy.reduce((sum, { count }) => sum + count, 0)) / Math.max(1, most - 2 * heavy.length)
  const edges: number[] = []
  let held = 0
  const cut = (edge: number): void => {
    if (edge !== edges.at(-1)) edges.push(edge)
    held = 0
  }
  atoms.forEach((atom, index) => {
    if (isHeavy(atom)) {
      cut(atoms[index - 1]?.value ?? justBelow(atom.value))
      cut(atom.value)
      return
    }
    held += atom.count
    // the last bin takes what is left, and is open
    if (held >= share && index < atoms.length - 1) cut(atom.value)
  })
  return { kind: 'numeric', edges: merged(edges, atoms, most) }
}

const categoricalBins = (atoms: readonly Counted[], most: number): Bins => ({
  kind: 'categorical',
  values: atoms.filter(({ count }) => count >= RARE).toSorted((one, other) => other.count - one.count || one.value - other.value)
    .slice(0, most - 1).map(({ value }) => value),
})

/**
 * The bins that a reference is cut into, frozen with it. `numeric`: by about equal probability; `categorical`: its values
 * by frequency, those that are rare (fewer than 5) or too many together.
 *
 * @param values raw ones, count 1 each, or buckets of a sketch by the values that stand for them
 * @param most   bins, 3 to 20; default 10 for numbers, 20 for categories
 * @returns 1 to `most` bins; a single one for a reference without values
 * @throws {RangeError} for a value that is not finite, a count that is none, or another number of bins
 */
export const binsOf = (values: Iterable<Counted>, kind: Bins['kind'], most = DEFAULT_BINS[kind]): Bins => {
  if (!(Number.isInteger(most) && most >= 3 && most <= MOST_BINS)) throw new RangeError(`most must be an integer from 3 to ${MOST_BINS}, got ${most}`)
  const atoms = ordered(values)
  return kind === 'numeric' ? numericBins(atoms, most) : categoricalBins(atoms, most)
}

/** How many values fall into each bin. Throws RangeError for a value that is not finite or a count that is none. */
export const countInBins = (bins: Bins, values: Iterable<Counted>): number[] => {
  const counts = Array.from({ length: (bins.kind === 'numeric' ? bins.edges : bins.values).length + 1 }, () => 0)
  for (const { value, count } of values) {
    requireFinite('value', value)
    requireCount('count', count)
    const found = bins.kind === 'numeric' ? bins.edges.findIndex((edge) => value <= edge) : bins.values.indexOf(value)
    counts[found < 0 ? counts.length - 1 : found]! += count
  }
  return counts
}
