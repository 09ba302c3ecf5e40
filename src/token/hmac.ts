import { createHash } from 'node:crypto'

const BLOCK_BYTES = 64
const MAC_BYTES = 32

/** The first 64 primes, of whose roots SHA-256 takes its constants. */
const primes: number[] = []
for (let number = 2; primes.length < 64; number++) if (primes.every((prime) => number % prime !== 0)) primes.push(number)
const fraction = (root: number): number => ((root - Math.floor(root)) * 4_294_967_296) | 0
const roundConstants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))
const initialState = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))

/** The message schedule: the caller fills words 0 to 15. Shared, since nothing here waits. */
const words = new Int32Array(64)

/** Mix the block in `words` into a state. Branches and look-ups never depend on the data. */
const compress = (state: Int32Array): void => {
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15]!
    const late = words[i - 2]!
    const sigma0 = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3)
    const sigma1 = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10)
    words[i] = (words[i - 16]! + sigma0 + words[i - 7]! + sigma1) | 0
  }
  let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!]
  let [e, f, g, h] = [state[4]!, state[5]!, state[6]!, state[7]!]
  for (let i = 0; i < 64; i++) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const first = (h + sum1 + (g ^ (e & (f ^ g))) + roundConstants[i]! + words[i]!) | 0
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const second = (sum0 + ((a & b) | (c & (a | b)))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  state[0] = (state[0]! + a) | 0
  state[1] = (state[1]! + b) | 0
  state[2] = (state[2]! + c) | 0
  state[3] = (state[3]! + d) | 0
  state[4] = (state[4]! + e) | 0
  state[5] = (state[5]! + f) | 0
  state[6] = (state[6]! + g) | 0
  state[7] = (state[7]! + h) | 0
}

/** The state after one block of the key, each byte xored with `pad`. */
const keyed = (key: Uint8Array, pad: number): Int32Array => {
  const state = initialState.slice()
  words.fill(0x01010101 * pad, 0, 16)
  for (let i = 0; i < key.length; i++) words[i >> 2]! ^= key[i]! << (24 - (i & 3) * 8)
  compress(state)
  return state
}

/** Mix in a text of characters below 256, then the end of a message that one block of key precedes. */
const finishText = (state: Int32Array, text: string): void => {
  const { length } = text
  let at = 0
  for (; at + BLOCK_BYTES <= length; at += BLOCK_BYTES) {
    for (let i = 0; i < 16; i++) {
      const from = at + i * 4
      words[i] =
        (text.charCodeAt(from) << 24) | (text.charCodeAt(from + 1) << 16) | (text.charCodeAt(from + 2) << 8) | text.charCodeAt(from + 3)
    }
    compress(state)
  }
  words.fill(0, 0, 16)
  let i = 0
  for (; at + i < length; i++) words[i >> 2]! |= text.charCodeAt(at + i) << (24 - (i & 3) * 8)
  words[i >> 2]! |= 0x80 << (24 - (i & 3) * 8)
  if (i >= BLOCK_BYTES - 8) {
    compress(state)
    words.fill(0, 0, 16)
  }
  words[15] = (BLOCK_BYTES + length) * 8
  compress(state)
}

/**
 * HMAC-SHA-256 of a short text whose characters are all below 256, each a byte. The 32 bytes are overwritten by
 * the next call of any of these functions: read them at once.
 *
 * @throws {RangeError} for a longer text than 1 MB
 */
export type Mac = (text: string) => Buffer

const answer = Buffer.alloc(MAC_BYTES)

/**
 * A MAC function for one key. Written out here because a MAC of a hundred bytes is what every answer waits for: the
 * objects that node:crypto makes for each cost more than the hashing, five times as much in a busy server.
 *
 * Source: FIPS 180-4 (SHA-256), RFC 2104 (HMAC).
 */
export const createMac = (key: Uint8Array): Mac => {
  const short = key.length > BLOCK_BYTES ? createHash('sha256').update(key).digest() : key
  const inner = keyed(short, 0x36)
  const outer = keyed(short, 0x5c)
  const state = new Int32Array(8)
  return (text) => {
    if (text.length > 1_048_576) throw new RangeError('this is for short texts')
    state.set(inner)
    finishText(state, text)
    words.fill(0, 8, 16)
    words.set(state)
    words[8] = 0x80 << 24
    words[15] = (BLOCK_BYTES + MAC_BYTES) * 8
    state.set(outer)
    compress(state)
    for (let i = 0; i < 8; i++) answer.writeInt32BE(state[i]!, i * 4)
    return answer
  }
}
