const spread = (state: number, word: number, factor: number): number => {
  const mixed = Math.imul(state ^ word, factor)
  return mixed ^ (mixed >>> 15)
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')

/**
 * Sixteen hex digits that change when any of the numbers does, or their order: two multiplicative hashes over the bits.
 * It tells data from other data and guards against nothing else. 7,000 numbers take some 50 µs, a tenth of their JSON.
 */
export const digestNumbers = (numbers: readonly number[]): string => {
  const words = new Uint32Array(Float64Array.from(numbers).buffer)
  let [a, b] = [words.length | 0, 0x5bd1e995]
  for (const word of words) {
    a = spread(a, word, 0x9e3779b1)
    b = spread(b, word, 0x85ebca77)
  }
  return hex(spread(a, b, 0xc2b2ae3d)) + hex(spread(b, a, 0x27d4eb2f))
}
