import type { Log } from '../deps.ts'
import { afterAttempt, type Attempt, retryDelays } from './after-attempt.ts'
import type { Claimed, WebhookQueue } from './port.ts'
import type { Sender } from './send.ts'
import { signedHeaders } from './sign.ts'
import type { Vault } from './vault.ts'

export type Notifier = {
  start(): void
  /** Give what is being sent a moment, then cut it short; it is sent again by whoever looks next. */
  stop(): Promise<void>
  /** Seconds for which the oldest message waits, as last seen. */
  oldestSeconds(): number
}

export type NotifierOptions = {
  queue: WebhookQueue
  send: Sender
  vault: Vault
  log: Log
  /** Told what became of each attempt. */
  attempted?: (result: Attempt['result'], gaveUp: boolean) => void
  /** Milliseconds since 1970, for the headers. */
  now?: () => number
  random?: () => number
  pollMs?: number
  delays?: readonly number[]
}

/** Messages that one process sends at once. */
const MOST = 32
/** Milliseconds of a claim that must be left, so that nobody else sends while we do: claims last a minute. */
const LATEST_START_MS = 30_000
const GRACE_MS = 2_000
const TIDY_MS = 3_600_000
const LOOK_MS = 5_000

/**
 * Hands out what was decided and sends what is due, until it is stopped. Everything between two requests is in the
 * database, so any number of processes may do this at once, and any of them may die: a message is sent at least once,
 * always under the same id. Nothing that decides or serves waits for any of it.
 */
export const createNotifier = (options: NotifierOptions): Notifier => {
  const { queue, send, vault, log, attempted = () => {}, now = Date.now, random = Math.random, pollMs = 1_000, delays = retryDelays } = options
  const stopping = new AbortController()
  const cut = new AbortController()
  const sending = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | null = null
  let round: Promise<void> = Promise.resolve()
  let [running, again, failing] = [false, false, false]
  let dueAt = Infinity
  let [oldest, looked, tidied] = [0, -Infinity, performance.now()]

  const attempt = async ({ url, message, payload, secret, previous }: Claimed, claimedAt: number): Promise<Attempt> => {
    const nothing = { ms: 0, status: null, response: null, retryAfterMs: null }
    const secrets = [secret, previous].filter((one) => one !== null).map((one) => vault.open(one)?.secret)
    const [own, ...others] = secrets
    if (own === undefined) {
      return { ...nothing, result: 'unreadable', error: 'its secret was sealed by a TOKEN_SECRET that is not at hand any more; rotate the webhook\u2019s secret' }
    }
    if (performance.now() - claimedAt > LATEST_START_MS) return { ...nothing, result: 'interrupted', error: 'its turn came too late' }
    const signed = signedHeaders([own, ...others.filter((one) => one !== undefined)], message, Math.floor(now() / 1_000), payload)
    return send(url, { ...signed, 'content-type': 'application/json', 'user-agent': 'contender-webhooks/1' }, payload, cut.signal)
  }

  const deliver = async (claimed: Claimed, claimedAt: number): Promise<void> => {
    const outcome = await attempt(claimed, claimedAt)
    const next = afterAttempt(outcome, claimed.tries, random(), delays)
    const disabled = await queue.settle(claimed, outcome, next)
    attempted(outcome.result, next.state === 'failed')
    const { webhook, delivery, number } = claimed
    if (next.state === 'failed') log.warn({ webhook, delivery, attempts: number, error: outcome.error }, 'a webhook was not delivered; it can be replayed')
    if (disabled === 'gone') log.warn({ webhook }, 'a webhook was disabled: its receiver answered 410, gone')
    if (disabled === 'failing') log.warn({ webhook }, 'a webhook was disabled: nothing has reached it for days')
  }

  const track = (claimed: Claimed, claimedAt: number): void => {
    const work = deliver(claimed, claimedAt)
      // not written down, so it is sent again when the claim has run out
      .catch((error: unknown) => log.warn({ err: error, delivery: claimed.delivery }, 'what became of a webhook could not be written down'))
      .finally(() => {
        sending.delete(work)
        soon(0)
      })
    sending.add(work)
  }

  const look = async (): Promise<void> => {
    while (!stopping.signal.aborted && (await queue.handOut()));
    if (stopping.signal.aborted) return
    if (sending.size < MOST) {
      const claimedAt = performance.now()
      for (const claimed of await queue.claim(MOST - sending.size)) track(claimed, claimedAt)
    }
    if (performance.now() - looked > LOOK_MS) {
      oldest = await queue.oldestSeconds()
      looked = performance.now()
    }
    if (performance.now() - tidied > TIDY_MS) {
      tidied = performance.now()
      while (!stopping.signal.aborted && (await queue.tidy()));
    }
  }

  /** One look at a time; being asked during one leads to another right after it. */
  const run = async (): Promise<void> => {
    timer = null
    running = true
    again = false
    try {
      await look()
      failing = false
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'webhooks cannot be looked after for now')
      failing = true
    }
    running = false
    soon(again ? 0 : pollMs)
  }

  const soon = (ms: number): void => {
    if (stopping.signal.aborted) return
    if (running) {
      if (ms === 0) again = true
      return
    }
    if (timer && performance.now() + ms >= dueAt) return
    if (timer) clearTimeout(timer)
    dueAt = performance.now() + ms
    timer = setTimeout(() => (round = run()), ms)
    timer.unref()
  }

  return {
    start: () => soon(0),
    async stop() {
      stopping.abort()
      if (timer) clearTimeout(timer)
      await round
      const cutting = setTimeout(() => cut.abort(), GRACE_MS)
      await Promise.all(sending)
      clearTimeout(cutting)
    },
    oldestSeconds: () => oldest,
  }
}
