const C1 = 0xcc9e2d51
const C2 = 0x1b873593
const encoder = new TextEncoder()

/** Murmur3 part-way through a text: the blocks mixed so far, the bytes of the open block, bytes in all. */
export type HashState = { readonly hash: number; readonly tail: number; readonly length: number }

/** The 32-bit finaliser of murmur3: a bijection of 32-bit integers. Answers a signed integer. */
export const fmix32 = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

const scramble = (block: number): number => {
  const product = Math.imul(block, C1)
  return Math.imul((product << 15) | (product >>> 17), C2)
}

const mix = (hash: number, block: number): number => {
  const mixed = hash ^ scramble(block)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

const finish = (hash: number, tail: number, length: number): number =>
  fmix32(hash ^ scramble(tail) ^ length) >>> 0

const absorb = ({ hash, tail, length }: HashState, bytes: Uint8Array): HashState => {
  for (const byte of bytes) {
    tail |= byte << ((length & 3) << 3)
    length++
    if ((length & 3) !== 0) continue
    hash = mix(hash, tail)
    tail = 0
  }
  return { hash, tail, length }
}

const finishUtf8 = (hash: number, tail: number, length: number, rest: string): number => {
  const state = absorb({ hash, tail, length }, encoder.encode(rest))
  return finish(state.hash, state.tail, state.length)
}

/** Hash a text that many others will be appended to; go on with `hashFrom`. */
export const startHash = (text: string, seed = 0): HashState =>
  absorb({ hash: seed | 0, tail: 0, length: 0 }, encoder.encode(text))

/**
 * Finish a hash begun with `startHash`: murmur3_32 of the UTF-8 of both texts together, in [0, 2³²).
 * ASCII is read in place, four characters at a time; the first other character sends the rest through an
 * encoder. A lone surrogate counts as U+FFFD.
 */
export const hashFrom = (state: HashState, text: string): number => {
  let { hash, tail, length } = state
  const end = text.length
  let index = 0
  while ((length & 3) !== 0 && index < end) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return finishUtf8(hash, tail, length, text.slice(index))
    tail |= code << ((length & 3) << 3)
    length++
    index++
    if ((length & 3) === 0) {
      hash = mix(hash, tail)
      tail = 0
    }
  }
  for (; index + 4 <= end; index += 4) {
    const first = text.charCodeAt(index)
    const second = text.charCodeAt(index + 1)
    const third = text.charCodeAt(index + 2)
    const fourth = text.charCodeAt(index + 3)
    if ((first | second | third | fourth) > 0x7f) return finishUtf8(hash, tail, length, text.slice(index))
    hash = mix(hash, first | (second << 8) | (third << 16) | (fourth << 24))
    length += 4
  }
  for (; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return finishUtf8(hash, tail, length, text.slice(index))
    tail |= code << ((length & 3) << 3)
    length++
  }
  return finish(hash, tail, length)
}

/** MurmurHash3 x86 32 of the UTF-8 of a text, in [0, 2³²). Source: Appleby, smhasher, MurmurHash3.cpp. */
export const murmur3 = (text: string, seed = 0): number =>
  hashFrom({ hash: seed | 0, tail: 0, length: 0 }, text)
