import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createMac } from './hmac.ts'

const reference = (key: Uint8Array, text: string): string => createHmac('sha256', key).update(text, 'latin1').digest('hex')

describe('createMac', () => {
  it('agrees with node:crypto for every length around the blocks', () => {
    const key = randomBytes(32)
    const mac = createMac(key)
    for (let length = 0; length <= 260; length++) {
      const text = randomBytes(length).toString('latin1')
      expect(mac(text, 'hex'), `${length} bytes`).toBe(reference(key, text))
    }
  })

  it.each([1, 16, 31, 63, 64, 65, 200])('agrees for a key of %i bytes', (length) => {
    const key = randomBytes(length)
    expect(createMac(key)('contender', 'hex')).toBe(reference(key, 'contender'))
  })

  // RFC 4231, test cases 1 and 2
  it.each([
    ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [Buffer.from('Jefe').toString('hex'), 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  ])('gives the published answer for the key %s', (key, text, expected) => {
    expect(createMac(Buffer.from(key, 'hex'))(text, 'hex')).toBe(expected)
  })

  it('keeps keys apart, and nothing between calls', () => {
    const [one, two] = [createMac(Buffer.alloc(32, 1)), createMac(Buffer.alloc(32, 2))]
    const first = one('x', 'hex')
    expect(two('x', 'hex')).not.toBe(first)
    one('y'.repeat(500), 'hex')
    expect(one('x', 'hex')).toBe(first)
  })
})
