import type { AttemptResult, DeliveryState, EventType } from '../core/tell/notification.ts'
import type { Actor, Page, PageRequest } from './common.ts'

export type WebhookView = {
  id: string
  url: string
  description: string
  /** Names, `experiment.*`, or `*`. */
  events: string[]
  enabled: boolean
  /** `asked` by somebody; `gone`: its receiver answered 410; `failing`: nothing reached it for days. Null while enabled. */
  disabledBecause: 'asked' | 'gone' | 'failing' | null
  /** The first failure since the last success. */
  failingSince: string | null
  /** Until when the secret before this one signs, too. */
  previousSecretUntil: string | null
  createdBy: Actor
  createdAt: string
}
export type DeliveryView = {
  id: number
  /** The header `webhook-id`. */
  message: string
  type: EventType
  /** Id of the ledger's entry; null for a test. */
  decision: number | null
  state: DeliveryState
  /** When it is tried next; null when it will not be. */
  nextAt: string | null
  createdAt: string
  endedAt: string | null
  attempts: {
    number: number; at: string; result: AttemptResult; ms: number | null; status: number | null; error: string | null; response: string | null
  }[]
}

/** All reject with ServiceError: url_not_allowed, not_found, conflict. */
export type Webhooks = {
  create(webhook: { url: string; description: string; events: string[] }, actor: Actor): Promise<WebhookView & { secret: string }>
  list(page: PageRequest): Promise<Page<WebhookView>>
  get(id: string): Promise<WebhookView>
  /** `rotate` draws a new secret, and lets the old one sign beside it for so many milliseconds. */
  change(
    id: string,
    change: { url?: string; description?: string; events?: string[]; enabled?: boolean; rotate?: { keepMs: number } },
  ): Promise<WebhookView & { secret?: string }>
  remove(id: string): Promise<void>
  /** Queue a message that says it is a test. */
  test(id: string): Promise<DeliveryView>
  /** The log, the newest first. */
  deliveries(id: string, page: PageRequest, state?: DeliveryState): Promise<Page<DeliveryView>>
  /** Send it once more, under the same id. */
  replay(id: string, delivery: number): Promise<DeliveryView>
}
