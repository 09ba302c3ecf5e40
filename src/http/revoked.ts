import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { Auth } from './auth.ts'
import type { Principal } from './route.ts'

const MOST_REMEMBERED = 10_000

/**
 * The same keys and the same auth, where a key that is revoked here stops working here at once: what auth remembers of
 * it for some seconds counts no more. Other nodes learn it when they next look the key up.
 */
export const refuseRevoked = (auth: Auth, keys: Deps['keys']): { auth: Auth; keys: Deps['keys'] } => {
  const revoked = new Set<string>()

  const refuse = (principal: Principal): Principal => {
    if (!revoked.has(principal.id)) return principal
    throw new ServiceError('unauthenticated', 'this key is not known, was revoked or has expired')
  }
  const checked = (principal: Principal | Promise<Principal>): Principal | Promise<Principal> =>
    principal instanceof Promise ? principal.then(refuse) : refuse(principal)

  return {
    auth: {
      failures: auth.failures,
      refuseForeign: auth.refuseForeign,
      authorize: (context, scope) => checked(auth.authorize(context, scope)),
      authorizeCaller: (scope, header, peer) => checked(auth.authorizeCaller(scope, header, peer)),
      check: (key, scope, peer) => checked(auth.check(key, scope, peer)),
    },
    keys: {
      ...keys,
      async revoke(id) {
        const known = await keys.revoke(id)
        if (!known) return false
        const [oldest] = revoked
        if (revoked.size >= MOST_REMEMBERED && oldest !== undefined) revoked.delete(oldest)
        revoked.add(id)
        return true
      },
    },
  }
}
