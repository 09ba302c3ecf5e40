import type { Config } from '../config.ts'
import type { Webhooks } from '../deps.ts'
import { createAddressRules } from '../notify/address.ts'
import { createVault } from '../notify/vault.ts'
import { createWebhooks } from '../notify/webhooks.ts'
import { createWebhookLog } from '../store/control/webhook-log.ts'
import { createWebhooks as createWebhookStore } from '../store/control/webhooks.ts'
import type { Pool } from '../store/pool.ts'

/** Webhooks as the API offers them, over one database. */
export const createWebhookApi = (pool: Pool, { tokenSecrets, webhookNetworks }: Pick<Config, 'tokenSecrets' | 'webhookNetworks'>): Webhooks =>
  createWebhooks({
    store: createWebhookStore(pool),
    log: createWebhookLog(pool),
    vault: createVault(tokenSecrets),
    rules: createAddressRules(webhookNetworks),
  })
