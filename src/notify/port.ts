import type { DeliveryState } from '../core/tell/notification.ts'
import type { DeliveryView, Page, PageRequest, WebhookView } from '../deps.ts'
import type { Attempt, Next } from './after-attempt.ts'

/** Where webhooks are kept. Secrets go in and come out sealed. */
export type WebhookStore = {
  create(webhook: { id: string; url: string; description: string; events: string[]; secret: string; createdBy: string }): Promise<WebhookView>
  list(page: PageRequest): Promise<Page<WebhookView>>
  get(id: string): Promise<WebhookView>
  change(
    id: string,
    change: { url?: string; description?: string; events?: string[]; enabled?: boolean; secret?: { sealed: string; keepMs: number } },
  ): Promise<WebhookView>
  remove(id: string): Promise<boolean>
  reseal(anew: (sealed: string) => string | null): Promise<void>
}

export type WebhookLog = {
  list(webhook: string, page: PageRequest, state?: DeliveryState): Promise<Page<DeliveryView>>
  test(webhook: string): Promise<DeliveryView>
  replay(webhook: string, delivery: number): Promise<DeliveryView>
}

/** A delivery that is this process's to send, until its claim runs out. */
export type Claimed = {
  delivery: number
  claim: string
  /** Of the attempt, from 1. */
  number: number
  /** Attempts since it was first sent or replayed, this one included. */
  tries: number
  webhook: string
  url: string
  /** The header `webhook-id`. */
  message: string
  payload: string
  /** Sealed; the previous one while it still signs. */
  secret: string
  previous: string | null
}

/** What is to be sent; see the store. */
export type WebhookQueue = {
  handOut(): Promise<boolean>
  claim(free: number): Promise<Claimed[]>
  settle(claimed: Claimed, attempt: Attempt, next: Next): Promise<'gone' | 'failing' | null>
  oldestSeconds(): Promise<number>
  tidy(): Promise<boolean>
}
