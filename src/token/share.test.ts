import { describe, expect, it } from 'vitest'
import { createShares } from './share.ts'

const secret = (text: string): Buffer => Buffer.from(text.padEnd(32, '.'))
const now = Date.UTC(2026, 0, 1)
const day = 86_400_000

describe('a share', () => {
  const shares = createShares([secret('new'), secret('old')])

  it('holds for its experiment until its end, and no longer', () => {
    const text = shares.sign('one', now + day)
    expect(shares.verify(text, 'one', now)).toBe(now + day)
    expect(shares.verify(text, 'two', now)).toBeNull()
    expect(shares.verify(text, 'one', now + day)).toBeNull()
  })

  it('is not lengthened or made by hand', () => {
    const text = shares.sign('one', now + day)
    const [, mac] = text.split('.')
    expect(shares.verify(`${((now + 9 * day) / 1_000).toString(36)}.${mac}`, 'one', now)).toBeNull()
    for (const wrong of ['', '.', 'x'.repeat(50), `${text}x`, text.toUpperCase(), `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`]) {
      expect(shares.verify(wrong, 'one', now)).toBeNull()
    }
  })

  it('outlives a change of the signing secret while the old one verifies', () => {
    const text = createShares([secret('old')]).sign('one', now + day)
    expect(shares.verify(text, 'one', now)).toBe(now + day)
    expect(createShares([secret('new')]).verify(text, 'one', now)).toBeNull()
  })
})
