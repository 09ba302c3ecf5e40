import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import type { Deps, Scope } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { headersOf, type ReadHeader } from './headers.ts'
import type { Principal } from './route.ts'
import { scopeNames } from './scopes.ts'
import { presentedKey } from './session.ts'
import { createThrottle } from './throttle.ts'

/** A revoked key stops working everywhere within this time. */
const CACHE_MS = 5_000
const MOST_CACHED = 10_000

const everything: ReadonlySet<Scope> = new Set(scopeNames)
const local: Principal = Object.freeze({ id: 'local', scopes: everything })
const admin: Principal = Object.freeze({ id: 'admin', scopes: everything })

export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

const requireScope = (principal: Principal, scope: Scope): Principal => {
  if (principal.scopes.has(scope)) return principal
  throw new ServiceError('scope_missing', `this key lacks the scope "${scope}"`)
}

const unauthenticated = (detail: string): ServiceError => new ServiceError('unauthenticated', detail)

/** The address of the peer itself; forwarding headers can be forged and are not read. */
export const peerOf = (context: Context): string => {
  const env = context.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined
  return env?.incoming?.socket?.remoteAddress ?? 'unknown'
}

export type Auth = {
  /** Who asks, if they may: at once while the key is fresh in memory, else after a look at the database. */
  authorize(context: Context, scope: Scope): Principal | Promise<Principal>
  /** The same from headers and address alone, for a request that has no context yet. */
  authorizeCaller(scope: Scope, header: ReadHeader, peer: string): Principal | Promise<Principal>
  /** Whose key this is, if it may. @throws {ServiceError} unauthenticated, scope_missing, rate_limited */
  check(key: string | null, scope: Scope, peer: string): Principal | Promise<Principal>
  /** Refuse what a foreign page in the operator's browser could send. Part of `authorize`. */
  refuseForeign(header: ReadHeader): void
  /** How often keys were refused, by reason. */
  readonly failures: ReadonlyMap<string, number>
}

type Cached = { principal: Principal; until: number }

/**
 * Bearer keys, their SHA-256 looked up and remembered for 5 s. The admin key has all scopes. With auth off
 * everybody on this machine may do everything, so that only a browser led here by a foreign page is refused.
 */
export const createAuth = (deps: Pick<Deps, 'adminKey' | 'authOff' | 'keys' | 'now'>): Auth => {
  const adminHash = deps.adminKey === null ? null : hashKey(deps.adminKey)
  const cache = new Map<string, Cached>()
  const failures = new Map<string, number>()
  const guesses = createThrottle({ most: 10, perMs: 60_000 })

  const fail = (reason: string, error: ServiceError): never => {
    failures.set(reason, (failures.get(reason) ?? 0) + 1)
    throw error
  }

  const remember = (key: string, principal: Principal): Principal => {
    if (cache.size >= MOST_CACHED) cache.delete(cache.keys().next().value!)
    cache.set(key, { principal, until: deps.now() + CACHE_MS })
    return principal
  }

  /** `known` keys worked before: their re-check is no guess, so others behind the same address can not lock them out. */
  const lookUp = async (key: string, peer: string, known: boolean): Promise<Principal> => {
    const waitMs = known ? 0 : guesses.waitMs(peer, deps.now())
    if (waitMs > 0) {
      const retryAfterSeconds = Math.ceil(waitMs / 1_000)
      fail('too_many', new ServiceError('rate_limited', 'too many keys were refused from this address', { retryAfterSeconds }))
    }
    const hash = hashKey(key)
    if (adminHash !== null && timingSafeEqual(hash, adminHash)) return remember(key, admin)
    const found = await deps.keys.find(hash)
    if (found) return remember(key, { id: found.id, scopes: new Set(found.scopes) })
    cache.delete(key)
    guesses.count(peer, deps.now())
    return fail('unknown', unauthenticated('this key is not known, was revoked or has expired'))
  }

  /** The last host that was found to be ours. */
  let ownHost = 'localhost'

  const refuseForeign = (header: ReadHeader): void => {
    if (header('sec-fetch-site') === 'cross-site' && header('sec-fetch-mode') !== 'navigate') {
      throw new ServiceError('cross_site', 'another site may not call this service from a browser')
    }
    if (!deps.authOff) return
    const host = header('host') ?? ''
    if (host === ownHost) return
    if (!loopbackHosts.has(host.toLowerCase().replace(/:\d+$/, ''))) {
      throw new ServiceError('forbidden_host', 'without keys this service answers to localhost only')
    }
    ownHost = host
  }

  const check = (key: string | null, scope: Scope, peer: string): Principal | Promise<Principal> => {
    if (deps.authOff) return local
    if (key === null) return fail('missing', unauthenticated('send Authorization: Bearer and a key'))
    const cached = cache.get(key)
    if (cached && cached.until > deps.now()) return requireScope(cached.principal, scope)
    return lookUp(key, peer, cached !== undefined).then((principal) => requireScope(principal, scope))
  }

  const authorizeCaller: Auth['authorizeCaller'] = (scope, header, peer) => {
    refuseForeign(header)
    return deps.authOff ? local : check(presentedKey(header), scope, peer)
  }

  return {
    failures,
    refuseForeign,
    check,
    authorizeCaller,
    authorize: (context, scope) => authorizeCaller(scope, headersOf(context), peerOf(context)),
  }
}
