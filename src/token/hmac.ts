import crypto from 'node:crypto'

const BLOCK_BYTES = 64
const MAC_BYTES = 32
/** The longest text, in characters: units and tokens are far shorter. */
const MOST = 16_384

/** HMAC-SHA-256 of a text whose characters are all below 256, each a byte. @throws {RangeError} for more than 16,384 */
export type Mac = (text: string) => Buffer

/** At once where the runtime can; workerd has no one-shot digest. */
const sha256: (bytes: Uint8Array) => Buffer =
  typeof crypto.hash === 'function'
    ? (bytes) => crypto.hash('sha256', bytes, 'buffer')
    : (bytes) => crypto.createHash('sha256').update(bytes).digest()

/** A block of the key, each byte xored with `pad`, with room for what follows. */
const padded = (key: Uint8Array, pad: number, room: number): Buffer => {
  const block = Buffer.alloc(BLOCK_BYTES + room, pad).fill(0, BLOCK_BYTES)
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad
  return block
}

/**
 * A MAC function for one key: two one-shot digests over prepared blocks. The object that `createHmac` makes for each
 * call costs more than the hashing, several times as much in a busy server, and every answer waits for it.
 *
 * Source: RFC 2104 (HMAC); the digests are node:crypto's.
 */
export const createMac = (key: Uint8Array): Mac => {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key
  const inner = padded(short, 0x36, MOST)
  const outer = padded(short, 0x5c, MAC_BYTES)
  return (text) => {
    if (text.length > MOST) throw new RangeError(`expected at most ${MOST} characters, got ${text.length}`)
    const length = inner.write(text, BLOCK_BYTES, 'latin1')
    outer.set(sha256(inner.subarray(0, BLOCK_BYTES + length)), BLOCK_BYTES)
    return sha256(outer)
  }
}
