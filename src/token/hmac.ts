import { sha256 } from './sha256.ts'

const BLOCK_BYTES = 64
const MAC_BYTES = 32
/** The longest text, in characters: units and tokens are far shorter. */
const MOST = 16_384

/** HMAC-SHA-256 of a text whose characters are all below 256, each a byte. @throws {RangeError} for more than 16,384 */
export type Mac = (text: string, encoding: 'hex' | 'base64url') => string

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
  const short = key.length > BLOCK_BYTES ? Buffer.from(sha256(key, 'binary'), 'latin1') : key
  const inner = padded(short, 0x36, MOST)
  const outer = padded(short, 0x5c, MAC_BYTES)
  return (text, encoding) => {
    if (text.length > MOST) throw new RangeError(`expected at most ${MOST} characters, got ${text.length}`)
    const length = inner.write(text, BLOCK_BYTES, 'latin1')
    outer.write(sha256(inner.subarray(0, BLOCK_BYTES + length), 'binary'), BLOCK_BYTES, 'latin1')
    return sha256(outer, encoding)
  }
}
