/** Insertions, deletions, substitutions and swaps of neighbours between two texts (optimal string alignment). */
const distance = (a: string, b: string): number => {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      row.push(swapped ? Math.min(cost, before[j - 2]! + 1) : cost)
    }
    before = last
    last = row
  }
  return last[b.length]!
}

/** The known name that a mistyped one was probably meant to be; null when none is near. */
export const closest = (given: string, known: readonly string[]): string | null => {
  if (given.length > 64) return null
  const plain = given.replaceAll(/[_-]/g, '').toLowerCase()
  let best: { name: string; far: number } | null = null
  for (const name of known) {
    const far = Math.min(distance(given, name), distance(plain, name.toLowerCase()))
    if (best === null || far < best.far) best = { name, far }
  }
  return best !== null && best.far <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : null
}

/** "; did you mean …?", to be put behind a message; empty where nothing is near. */
export const suggestion = (given: string, names: Iterable<string>): string => {
  const near = closest(given, [...names])
  return near === null ? '' : `; did you mean "${near}"?`
}
