import type { Config } from '../config.ts'
import type { Log } from '../deps.ts'
import { createAddressRules } from '../notify/address.ts'
import { createNotifier, type Notifier } from '../notify/runner.ts'
import { createSender } from '../notify/send.ts'
import { createVault } from '../notify/vault.ts'
import { resealSecrets } from '../notify/webhooks.ts'
import { createWebhookQueue } from '../store/control/webhook-queue.ts'
import { createWebhooks } from '../store/control/webhooks.ts'
import type { Pool } from '../store/pool.ts'
import type { Metrics } from './metrics.ts'

type Options = { pool: Pool; config: Config; log: Log; metrics: Pick<Metrics, 'notified'> }

/** What sends webhooks on this node, with its secrets sealed by the present key before it begins. */
export const createNotifierOf = ({ pool, config, log, metrics }: Options): Notifier => {
  const vault = createVault(config.tokenSecrets)
  const notifier = createNotifier({
    queue: createWebhookQueue(pool),
    send: createSender({ rules: createAddressRules(config.webhookNetworks) }),
    vault,
    log,
    attempted: metrics.notified,
  })
  return {
    ...notifier,
    start() {
      resealSecrets(createWebhooks(pool), vault).catch((error: unknown) => log.warn({ err: error }, 'secrets of webhooks were not sealed anew'))
      notifier.start()
    },
  }
}
