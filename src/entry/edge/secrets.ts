import { Buffer } from 'node:buffer'
import type { Config } from '../../config.ts'
import { ServiceError } from '../../errors.ts'
import { createShares, type Shares } from '../../token/share.ts'
import { createTokens, type Tokens } from '../../token/token.ts'
import { cachedUnitHasher, createUnitHasher, type UnitHasher } from '../../token/unit.ts'
import type { Stores } from './stores.ts'

export type Secrets = {
  /** Read once an isolate; at once when they are here. Rejects when the database does not answer. */
  load(): Promise<void>
  /** All throw ServiceError `unavailable` before they were loaded. */
  tokens: Tokens
  shares: Shares
  hashUnit: UnitHasher
}

const missing = (): ServiceError =>
  new ServiceError('unavailable', 'the secrets were not loaded yet', { retryAfterSeconds: 1 })

/** The keys of tokens and units: from the configuration, else those that the database keeps. */
export const createSecrets = (config: Config, secret: Stores['secret']): Secrets => {
  let tokens: Tokens | null = null
  let shares: Shares | null = null
  let hashUnit: UnitHasher | null = null

  return {
    async load() {
      if (tokens && hashUnit) return
      const [signing, unitKey] = await Promise.all([
        config.tokenSecrets ?? secret('token_secret').then((one) => one && [one]),
        config.unitSecret ?? secret('unit_key'),
      ])
      if (!signing || !unitKey) throw new Error('no secrets are kept yet: start the service on Node once, or set them')
      const keys = signing.map((one) => Buffer.from(one))
      tokens = createTokens(keys)
      shares = createShares(keys)
      hashUnit = cachedUnitHasher(createUnitHasher(Buffer.from(unitKey)))
    },
    tokens: {
      sign(assignment) {
        if (!tokens) throw missing()
        return tokens.sign(assignment)
      },
      verify(token) {
        if (!tokens) throw missing()
        return tokens.verify(token)
      },
    },
    shares: {
      sign(experiment, until) {
        if (!shares) throw missing()
        return shares.sign(experiment, until)
      },
      verify(text, experiment, now) {
        if (!shares) throw missing()
        return shares.verify(text, experiment, now)
      },
    },
    hashUnit(unitType, unit) {
      if (!hashUnit) throw missing()
      return hashUnit(unitType, unit)
    },
  }
}
