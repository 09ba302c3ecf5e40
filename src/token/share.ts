import { timingSafeEqual } from 'node:crypto'
import { createMac } from './hmac.ts'

/** Keeps these signatures apart from any other that might be made with the same secret. */
const DOMAIN = 'contender share link\n'
const SHAPE = /^([0-9a-z]{6,8})\.([\w-]{43})$/

/** Leave to read the report of one experiment, for whoever holds it, until a moment (milliseconds since 1970). */
export type Shares = {
  /** 50 to 52 characters that fit into an address. `until` is kept to the second. */
  sign(experiment: string, until: number): string
  /** Until when it holds; null for anything that none of the secrets signed for this experiment, and when it is over. Never throws. */
  verify(text: string, experiment: string, now: number): number | null
}

/** The first secret signs, all verify: taking a secret away ends what it signed. */
export const createShares = (secrets: readonly Buffer[]): Shares => {
  const macs = secrets.map(createMac)
  const sealed = (mac: (typeof macs)[number], experiment: string, until: string): Buffer => Buffer.from(mac(`${DOMAIN}${experiment}\n${until}`, 'base64url'), 'latin1')
  return {
    sign(experiment, until) {
      const [first] = macs
      if (!first) throw new RangeError('at least one secret is needed')
      const seconds = Math.floor(until / 1_000).toString(36)
      return `${seconds}.${sealed(first, experiment, seconds).toString('latin1')}`
    },
    verify(text, experiment, now) {
      const [, seconds = '', mac = ''] = SHAPE.exec(text) ?? []
      if (seconds === '') return null
      const given = Buffer.from(mac, 'latin1')
      if (!macs.some((one) => timingSafeEqual(given, sealed(one, experiment, seconds)))) return null
      const until = Number.parseInt(seconds, 36) * 1_000
      return until > now ? until : null
    },
  }
}
