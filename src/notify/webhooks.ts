import { randomBytes } from 'node:crypto'
import type { Webhooks } from '../deps.ts'
import { invalid, ServiceError } from '../errors.ts'
import type { AddressRules } from './address.ts'
import type { WebhookLog, WebhookStore } from './port.ts'
import { drawSecret } from './sign.ts'
import type { Vault } from './vault.ts'

type Parts = { store: WebhookStore; log: WebhookLog; vault: Vault; rules: AddressRules }

/** Webhooks as the API offers them. A secret is told once, when it is drawn. */
export const createWebhooks = ({ store, log, vault, rules }: Parts): Webhooks => {
  const requireAllowed = (url: string | undefined): void => {
    const problem = url === undefined ? null : rules.urlProblem(url)
    if (problem !== null) throw invalid('url_not_allowed', 'url', problem)
  }
  return {
    async create({ url, description, events }, actor) {
      requireAllowed(url)
      const secret = drawSecret()
      const id = `wh_${randomBytes(9).toString('base64url')}`
      return { ...(await store.create({ id, url, description, events, secret: vault.seal(secret), createdBy: actor })), secret }
    },
    list: store.list,
    get: store.get,
    async change(id, { rotate, ...change }) {
      requireAllowed(change.url)
      if (!rotate) return store.change(id, change)
      const secret = drawSecret()
      return { ...(await store.change(id, { ...change, secret: { sealed: vault.seal(secret), keepMs: rotate.keepMs } })), secret }
    },
    async remove(id) {
      if (!(await store.remove(id))) throw new ServiceError('not_found', `there is no webhook "${id}"`)
    },
    test: log.test,
    deliveries: log.list,
    replay: log.replay,
  }
}

/** Seal with the present key what an earlier one has sealed, or what was written before there was one. */
export const resealSecrets = (store: Pick<WebhookStore, 'reseal'>, vault: Vault): Promise<void> =>
  store.reseal((sealed) => {
    const opened = vault.open(sealed)
    return opened && !opened.current ? vault.seal(opened.secret) : null
  })
