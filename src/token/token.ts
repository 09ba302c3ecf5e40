import { createHash, timingSafeEqual } from 'node:crypto'
import { type Assignment, decodeAssignment, encodeAssignment, PAYLOAD_BYTES } from './codec.ts'
import { createMac, type Mac } from './hmac.ts'

export type { Assignment } from './codec.ts'

/** Keeps these signatures apart from any other that might be made with the same secret. */
const DOMAIN = 'contender assignment token\n'
const KID_DOMAIN = 'contender token key id\n'
const SHORTEST_SECRET = 16

/** version (2), kid (6), payload (70), mac (43): fixed lengths, one alphabet, nothing else is looked at. */
const SHAPE = /^v1\.[\w-]{6}\.[\w-]{70}\.[\w-]{43}$/
const KID_AT = 3
const PAYLOAD_AT = 10
const MAC_AT = 81
const MAC_CHARACTERS = 43

export type Tokens = {
  /** The signed token of an assignment, 124 characters. Throws RangeError when a field does not fit. */
  sign(assignment: Assignment): string
  /** What a token says, or null for anything that was not signed by one of the secrets. Never throws. */
  verify(token: string): Assignment | null
}

/** A short public name for a secret: the start of its hash, so every replica derives the same. */
export const keyId = (secret: Buffer): string =>
  createHash('sha256').update(KID_DOMAIN).update(secret).digest('base64url').slice(0, 6)

/**
 * Sign and verify `v1.<kid>.<payload>.<mac>`. The first secret signs, all verify.
 * The MAC covers the text before it, and texts are compared, so each token has one spelling only.
 *
 * @param secrets each of 16 bytes or more, 32 random ones recommended
 * @throws {RangeError} without a secret or when one is too short
 */
export const createTokens = (secrets: readonly Buffer[]): Tokens => {
  const [signing] = secrets
  if (!signing) throw new RangeError('at least one token secret is needed')
  if (secrets.some((secret) => secret.length < SHORTEST_SECRET)) {
    throw new RangeError(`a token secret must have at least ${SHORTEST_SECRET} bytes`)
  }
  const keys = new Map<string, Mac>()
  for (const secret of [...secrets].reverse()) keys.set(keyId(secret), createMac(secret))
  const signingKey = createMac(signing)
  const start = `v1.${keyId(signing)}.`

  const scratch = Buffer.alloc(PAYLOAD_BYTES)
  const given = Buffer.alloc(MAC_CHARACTERS)
  const expected = Buffer.alloc(MAC_CHARACTERS)
  const mac = (key: Mac, text: string): string => key(DOMAIN + text, 'base64url')

  return {
    sign: (assignment) => {
      encodeAssignment(assignment, scratch)
      const text = start + scratch.toString('base64url')
      return `${text}.${mac(signingKey, text)}`
    },
    verify: (token) => {
      if (typeof token !== 'string' || !SHAPE.test(token)) return null
      const key = keys.get(token.slice(KID_AT, PAYLOAD_AT - 1))
      if (!key) return null
      given.write(token.slice(MAC_AT), 'latin1')
      expected.write(mac(key, token.slice(0, MAC_AT - 1)), 'latin1')
      if (!timingSafeEqual(given, expected)) return null
      scratch.write(token.slice(PAYLOAD_AT, MAC_AT - 1), 'base64url')
      return decodeAssignment(scratch)
    },
  }
}
