import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Assignment, createTokens, keyId } from './token.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const secretNamed = (name: string): Buffer => digest(`secret ${name}`)
const tokens = createTokens([secretNamed('now')])

/** Assignments that differ in every field, from a number. */
const assignmentNumber = (n: number): Assignment => {
  const bytes = digest(`assignment ${n}`)
  return {
    watch: n % 3 === 0,
    shadow: n % 5 === 0,
    experiment: bytes.readUInt32BE(0),
    scope: bytes.readUInt32BE(4),
    epoch: bytes.readUInt32BE(8),
    variant: bytes.readUInt8(12),
    unit: bytes.toString('hex', 13, 29),
    propensity: n % 7 === 0 ? null : (bytes.readUInt16BE(29) + 1) / 65_536,
    time: 1_700_000_000_000 + n,
    id: digest(`id ${n}`).toString('hex', 0, 8),
  }
}
const numbers = Array.from({ length: 200 }, (_, n) => n)

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const macOf = (token: string): string => token.slice(token.lastIndexOf('.') + 1)

describe('tokens', () => {
  it('say what was signed, in fewer than 400 characters', () => {
    for (const n of numbers) {
      const token = tokens.sign(assignmentNumber(n))
      expect(tokens.verify(token)).toEqual(assignmentNumber(n))
      expect(token).toMatch(/^v1\.[\w-]{6}\.[\w-]+\.[\w-]{43}$/)
      expect(token.length).toBeLessThanOrEqual(400)
    }
  })

  it('carry the extremes of every field', () => {
    const most: Assignment = {
      watch: true, shadow: true, experiment: 2 ** 32 - 1, scope: 2 ** 32 - 1, epoch: 2 ** 32 - 1, variant: 255,
      unit: 'f'.repeat(32), propensity: 1, time: 2 ** 48 - 1, id: 'f'.repeat(16),
    }
    const least: Assignment = {
      watch: false, shadow: false, experiment: 0, scope: 0, epoch: 0, variant: 0,
      unit: '0'.repeat(32), propensity: Number.MIN_VALUE, time: 0, id: '0'.repeat(16),
    }
    for (const assignment of [most, least]) expect(tokens.verify(tokens.sign(assignment))).toEqual(assignment)
  })

  it.each<[string, Partial<Assignment>]>([
    ['a variant of 256', { variant: 256 }],
    ['an experiment of 2³²', { experiment: 2 ** 32 }],
    ['a negative scope', { scope: -1 }],
    ['a unit in clear', { unit: 'user-1' }],
    ['a unit that is not hex', { unit: 'g'.repeat(32) }],
    ['an id of another length', { id: 'ab' }],
    ['a propensity of 0', { propensity: 0 }],
    ['a propensity above 1', { propensity: 1.01 }],
    ['a propensity of NaN', { propensity: Number.NaN }],
  ])('are not made of %s', (_, wrong) => {
    expect(() => tokens.sign({ ...assignmentNumber(1), ...wrong })).toThrow(RangeError)
  })

  it('are refused with any bit of any character flipped', () => {
    for (const n of numbers.slice(0, 60)) {
      const token = tokens.sign(assignmentNumber(n))
      for (let at = 0; at < token.length; at++) {
        for (let bit = 0; bit < 8; bit++) {
          const flipped = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit))
          const forged = token.slice(0, at) + flipped + token.slice(at + 1)
          if (tokens.verify(forged) !== null) expect.unreachable(`bit ${bit} of character ${at}: ${forged}`)
        }
      }
    }
  })

  it('have one spelling: no other last character of payload or MAC is taken', () => {
    for (const n of numbers.slice(0, 50)) {
      const token = tokens.sign(assignmentNumber(n))
      const ends = [token.length - 1, token.lastIndexOf('.') - 1]
      for (const end of ends) {
        const accepted = [...alphabet].filter((letter) => tokens.verify(token.slice(0, end) + letter + token.slice(end + 1)))
        expect(accepted).toEqual([token[end]])
      }
    }
  })

  it('are refused in another spelling of the same bytes', () => {
    const token = numbers.map((n) => tokens.sign(assignmentNumber(n))).find((text) => /-.*_|_.*-/.test(macOf(text))) as string
    const [version, kid, payload, mac] = token.split('.') as [string, string, string, string]
    const plain = mac.replaceAll('-', '+').replaceAll('_', '/')
    const wide = [...token].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0x100)).join('')
    const variations = [
      `${version}.${kid}.${payload}.${plain}`,
      `${token}=`, `${token}\n`, ` ${token}`, `${token}.`, `${token}A`,
      wide,
      `${token.slice(0, -1)}${String.fromCharCode(token.charCodeAt(token.length - 1) + 0x100)}`,
      `${version}.${kid}.${String.fromCharCode(payload.charCodeAt(0) + 0x100)}${payload.slice(1)}.${mac}`,
      token.toUpperCase(),
    ]
    for (const variation of variations) expect(tokens.verify(variation)).toBeNull()
    expect(tokens.verify(token)).not.toBeNull()
  })

  it('are refused when cut, extended or empty, and whatever is not a token at all', () => {
    const token = tokens.sign(assignmentNumber(1))
    for (let end = 0; end < token.length; end++) expect(tokens.verify(token.slice(0, end))).toBeNull()
    const others = [null, undefined, 1, {}, [], [token], { toString: () => token }, 'x'.repeat(2_000_000), '\ud800', '...']
    for (const other of others) expect(tokens.verify(other as string)).toBeNull()
  })

  it('are refused under another version, or one that names its own algorithm', () => {
    const token = tokens.sign(assignmentNumber(1))
    const header = Buffer.from('{"alg":"none"}').toString('base64url')
    const payload = token.split('.')[2] as string
    for (const forged of [`v0${token.slice(2)}`, `v2${token.slice(2)}`, `V1${token.slice(2)}`, `${header}.${payload}.`, `none${token.slice(2)}`]) {
      expect(tokens.verify(forged)).toBeNull()
    }
  })

  it('are refused when signed with the right secret but for another purpose', () => {
    const token = tokens.sign(assignmentNumber(1))
    const text = token.slice(0, token.lastIndexOf('.'))
    const bare = createHmac('sha256', secretNamed('now')).update(text).digest('base64url')
    expect(tokens.verify(`${text}.${bare}`)).toBeNull()
  })

  it('of two assignments cannot be put together', () => {
    const [one, two] = [tokens.sign(assignmentNumber(1)), tokens.sign(assignmentNumber(2))]
    expect(tokens.verify(one.slice(0, one.lastIndexOf('.') + 1) + macOf(two))).toBeNull()
  })
})

describe('secrets', () => {
  const [old, now] = [secretNamed('old'), secretNamed('now')]

  it('of others verify nothing, even under our key id', () => {
    const theirs = createTokens([old]).sign(assignmentNumber(1))
    expect(tokens.verify(theirs)).toBeNull()
    expect(tokens.verify(theirs.replace(keyId(old), keyId(now)))).toBeNull()
  })

  it('rotate: the first signs, all verify, and one that is taken out no longer does', () => {
    const before = createTokens([old])
    const during = createTokens([now, old])
    const after = createTokens([now])
    const [early, late] = [before.sign(assignmentNumber(1)), during.sign(assignmentNumber(2))]
    expect(during.verify(early)).toEqual(assignmentNumber(1))
    expect(after.verify(late)).toEqual(assignmentNumber(2))
    expect(after.verify(early)).toBeNull()
    expect(before.verify(late)).toBeNull()
  })

  it('are the same for every replica, in any order', () => {
    const token = createTokens([now, old]).sign(assignmentNumber(3))
    expect(createTokens([old, now]).verify(token)).toEqual(assignmentNumber(3))
  })

  it('must exist and be long enough', () => {
    expect(() => createTokens([])).toThrow('at least one')
    expect(() => createTokens([now, Buffer.alloc(15)])).toThrow('16 bytes')
  })

  it('do not show in their key id', () => {
    expect(keyId(now)).toMatch(/^[\w-]{6}$/)
    expect(createHash('sha256').update(now).digest('base64url')).not.toContain(keyId(now))
  })
})
