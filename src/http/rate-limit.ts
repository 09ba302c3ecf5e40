import type { Deps, LimitedGroup, RateLimit } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { type FastCall, serveFast } from './data/fast.ts'
import type { Principal, Route } from './route.ts'

/** Routes that share a limit; null for probes and metrics, which must answer whatever goes on. */
export const groupOf = ({ path, scope, tag }: Pick<Route, 'path' | 'scope' | 'tag'>): LimitedGroup | null => {
  if (tag === 'Operations') return null
  if (path.startsWith('/session')) return 'session'
  if (tag === 'Pages') return 'pages'
  return scope === 'assign' || scope === 'outcome' ? scope : 'api'
}

/** An address as far as it tells callers apart: whoever has one of IPv6 usually has all 2⁶⁴ of its network. */
export const networkOf = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail = ''] = plain.split('::', 2)
  const [first, last] = [head, tail].map((part) => (part === '' ? [] : part.split(':')))
  const missing = 8 - first!.length - last!.length
  const groups = plain.includes('::') ? [...first!, ...Array.from({ length: missing }, () => '0'), ...last!] : first!
  return `${groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** Keys count by themselves; without one, and where everybody is local, addresses do. */
const callerOf = (caller: Principal | null, peer: string): string =>
  caller === null || caller.id === 'local' ? `address:${networkOf(peer)}` : `key:${caller.id}`

const refusal = ({ perSecond, burst }: RateLimit, retryAfterSeconds: number): ServiceError => {
  const rate = perSecond >= 1 ? `${perSecond} a second` : `${Math.round(perSecond * 3_600)} an hour`
  return new ServiceError('rate_limited', `more calls than ${burst} at once and ${rate}; wait ${retryAfterSeconds} s`, { retryAfterSeconds })
}

export type Limiter = {
  /** The check of a route's calls, made once a caller is known; null where its calls are not limited. Rejects: rate_limited. */
  gateOf(route: Route): ((caller: Principal | null, peer: string) => Promise<void>) | null
  /** A fast call asks who calls by itself, so its check goes in there. Unlimited routes come back as they are. */
  guarded(route: Route): Route
}

/** Limits calls by key or address, a batch being one call. What the limits are is configured. */
export const createLimiter = ({ limits }: Pick<Deps, 'limits'>): Limiter => {
  const gateOf: Limiter['gateOf'] = (route) => {
    const group = groupOf(route)
    const limit = group && limits.rates[group]
    if (!limit) return null
    return async (caller, peer) => {
      const answer = await limits.allow(`${group}:${callerOf(caller, peer)}`, limit)
      if (!answer.allowed) throw refusal(limit, Math.max(1, answer.retryAfterSeconds))
    }
  }

  return {
    gateOf,
    guarded(route) {
      const gate = gateOf(route)
      if (!gate || !('fast' in route) || !route.fast) return route
      const { fast } = route
      const authorize: FastCall['authorize'] = async (header, peer) => {
        const caller = await fast.authorize(header, peer)
        await gate(caller, peer)
        return caller
      }
      const limited = { ...fast, authorize }
      return { ...route, fast: limited, serve: serveFast(limited) }
    },
  }
}
