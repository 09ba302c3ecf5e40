import { Buffer } from 'node:buffer'
import type { Config } from '../../config.ts'
import { ServiceError } from '../../errors.ts'
import { createTokens, type Tokens } from '../../token/token.ts'
import { cachedUnitHasher, createUnitHasher, type UnitHasher } from '../../token/unit.ts'
import type { Stores } from './stores.ts'

export type Secrets = {
  /** Read once an isolate; at once when they are here. Rejects when the database does not answer. */
  load(): Promise<void>
  /** Both throw ServiceError `unavailable` before they were loaded. */
  tokens: Tokens
  hashUnit: UnitHasher
}

const missing = (): ServiceError =>
  new ServiceError('unavailable', 'the secrets were not loaded yet', { retryAfterSeconds: 1 })

/** The keys of tokens and units: from the configuration, else those that the database keeps. */
export const createSecrets = (config: Config, secret: Stores['secret']): Secrets => {
  let tokens: Tokens | null = null
  let hashUnit: UnitHasher | null = null

  return {
    async load() {
      if (tokens && hashUnit) return
      const [signing, unitKey] = await Promise.all([
        config.tokenSecrets ?? secret('token_secret').then((one) => one && [one]),
        config.unitSecret ?? secret('unit_key'),
      ])
      if (!signing || !unitKey) throw new Error('no secrets are kept yet: start the service on Node once, or set them')
      tokens = createTokens(signing.map((one) => Buffer.from(one)))
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
    hashUnit(unitType, unit) {
      if (!hashUnit) throw missing()
      return hashUnit(unitType, unit)
    },
  }
}
