/** What has been read so far, in two words that are mixed with each other. */
export type Digest = { a: number; b: number }

export const newDigest = (): Digest => ({ a: 0x9e3779b9, b: 0x5bd1e995 })

const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)

/** Read one more number. Each step can be undone, so that streams which differ in one number never come to the same. */
export const readNumber = (digest: Digest, number: number): void => {
  double[0] = number
  digest.a = (Math.imul(digest.a ^ (halves[0] as number), 0x9e3779b1) + digest.b) | 0
  digest.b = Math.imul(digest.b ^ (halves[1] as number) ^ (digest.a >>> 16), 0x85ebca77)
}

const spread = (word: number, factor: number): number => {
  const mixed = Math.imul(word ^ (word >>> 15), factor)
  return mixed ^ (mixed >>> 13)
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')

/** Sixteen hex digits that tell data from other data; they guard against nothing else. */
export const hexOf = ({ a, b }: Digest): string => hex(spread(a ^ b, 0xc2b2ae3d)) + hex(spread(b ^ (a >>> 3), 0x27d4eb2f))
