import { Webhook } from 'standardwebhooks'
import { afterEach, expect, it } from 'vitest'
import { createVault } from '../../src/notify/vault.ts'
import { createAddressRules, networkOf } from '../../src/notify/address.ts'
import { createNotifier, type Notifier, type NotifierOptions } from '../../src/notify/runner.ts'
import { createSender } from '../../src/notify/send.ts'
import { resealSecrets } from '../../src/notify/webhooks.ts'
import type { Notification } from '../../src/core/tell/notification.ts'
import { Message } from '../../src/http/webhook-document.ts'
import { createWebhookApi } from '../../src/entry/webhooks.ts'
import { createWebhookQueue } from '../../src/store/control/webhook-queue.ts'
import { createWebhooks } from '../../src/store/control/webhooks.ts'
import type { Database } from '../../src/store/connect.ts'
import { type Received, startReceiver } from '../support/receiver.ts'
import { describeStores } from '../support/stores.ts'
import { controlOf, started } from '../store/control/setup.ts'

const networks = [networkOf('127.0.0.0/8')]
/** Long enough for a busy machine; what is awaited ends it. */
const within = { timeout: 30_000 }
const quiet = { info: () => {}, warn: () => {}, error: console.error }

describeStores('webhooks, from the decision to the receiver', (store) => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
    await store.database.api.run((sql) => sql`delete from webhooks`)
  })

  const receiver = async (...how: Parameters<typeof startReceiver>) => {
    const one = await startReceiver(...how)
    closing.push(one.close)
    return one
  }
  /** What a node runs, with short waits between attempts. */
  const notifierOn = (database: Database, more: Partial<NotifierOptions> & { timeoutMs?: number } = {}): Notifier => {
    const { timeoutMs = 15_000, ...options } = more
    const notifier = createNotifier({
      queue: createWebhookQueue(database.api), send: createSender({ rules: createAddressRules(networks), timeoutMs }), vault: createVault(null),
      log: quiet, pollMs: 20, delays: [10, 10, 10], ...options,
    })
    closing.push(notifier.stop)
    notifier.start()
    return notifier
  }
  const api = (tokenSecrets: string[] | null = null) => createWebhookApi(store.database.api, { tokenSecrets, webhookNetworks: networks })
  const create = (url: string, events = ['*']) => api().create({ url, description: '', events }, 'me')
  const deliveries = async (id: string) => (await api().deliveries(id, { limit: 100, cursor: null })).items
  const headersOf = ({ headers }: Received) => headers as Record<string, string>
  const verified = (secret: string, one: Received): Notification => new Webhook(secret).verify(one.body, headersOf(one)) as Notification

  it('a decision arrives signed, after two failures, under one id', async () => {
    const { url, received } = await receiver((response, before) => response.writeHead(before < 2 ? 503 : 204).end(before < 2 ? 'not yet' : ''))
    const { id, secret } = await create(url)
    const { key } = await started(controlOf(store.database))
    const results: string[] = []
    notifierOn(store.database, { attempted: (result) => results.push(result) })
    await expect.poll(async () => (await deliveries(id))[0]?.state, within).toBe('delivered')

    expect(received).toHaveLength(3)
    expect(new Set(received.map(({ body, headers }) => body + String(headers['webhook-id']))).size).toBe(1)
    for (const one of received) {
      expect(verified(secret, one)).toMatchObject({ id: one.headers['webhook-id'], type: 'experiment.started', data: { experiment: key, seq: 1 } })
      expect(one.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': expect.stringContaining('contender') })
    }
    expect(Message.safeParse(JSON.parse(received[0]!.body)).error, 'as the documentation says').toBeUndefined()
    const [delivery] = await deliveries(id)
    expect(delivery).toMatchObject({ message: received[0]?.headers['webhook-id'], type: 'experiment.started', decision: expect.any(Number), nextAt: null })
    expect(delivery?.attempts.map(({ result, status, response }) => [result, status, response])).toEqual([
      ['answered', 503, 'not yet'], ['answered', 503, 'not yet'], ['delivered', 204, ''],
    ])
    expect(results).toEqual(['answered', 'answered', 'delivered'])

    await api().replay(id, delivery!.id)
    await expect.poll(() => received.length, within).toBe(4)
    expect(verified(secret, received[3]!)).toEqual(verified(secret, received[0]!))
    expect(received[3]?.headers['webhook-id']).toBe(received[0]?.headers['webhook-id'])
  })

  it('is given up after the last attempt, and can be replayed', async () => {
    let answer = 500
    const { url, received } = await receiver((response) => response.writeHead(answer).end())
    const { id } = await create(url)
    await api().test(id)
    const ended: boolean[] = []
    notifierOn(store.database, { attempted: (_result, gaveUp) => ended.push(gaveUp) })
    await expect.poll(async () => (await deliveries(id))[0]?.state, within).toBe('failed')
    expect([received.length, ended]).toEqual([4, [false, false, false, true]])
    answer = 200
    await api().replay(id, (await deliveries(id))[0]!.id)
    await expect.poll(async () => (await deliveries(id))[0]?.state, within).toBe('delivered')
    expect((await deliveries(id))[0]?.attempts).toHaveLength(5)
  })

  it('carries two signatures while a secret is rotated', async () => {
    const { url, received } = await receiver()
    const { id, secret } = await create(url)
    const { secret: fresh } = await api().change(id, { rotate: { keepMs: 60_000 } })
    await api().test(id)
    notifierOn(store.database)
    await expect.poll(() => received.length, within).toBe(1)
    for (const one of [secret, fresh!]) expect(verified(one, received[0]!)).toMatchObject({ type: 'webhook.test' })
    expect(Message.safeParse(JSON.parse(received[0]!.body)).error).toBeUndefined()
    await api().change(id, { rotate: { keepMs: 0 } })
    await api().test(id)
    await expect.poll(() => received.length, within).toBe(2)
    for (const one of [secret, fresh!]) expect(() => verified(one, received[1]!)).toThrow('No matching signature')
  })

  it('does not reach what a receiver redirects to, nor what is not allowed', async () => {
    const inner = await receiver()
    const outer = await receiver((response) => response.writeHead(307, { location: inner.url }).end())
    const { id } = await create(outer.url)
    const { id: forbidden } = await create('https://private.example')
    for (const one of [id, forbidden]) await api().test(one)
    const rules = createAddressRules(networks)
    notifierOn(store.database, {
      delays: [], send: createSender({ rules, resolve: async () => [{ address: '169.254.169.254', family: 4 }] }),
    })
    await expect.poll(async () => [(await deliveries(id))[0]?.state, (await deliveries(forbidden))[0]?.state], within).toEqual(['failed', 'failed'])
    expect((await deliveries(id))[0]?.attempts).toMatchObject([{ result: 'answered', status: 307, error: 'redirects are not followed' }])
    expect((await deliveries(forbidden))[0]?.attempts).toMatchObject([{ result: 'not_allowed', status: null }])
    expect(inner.received).toEqual([])
  })

  it('does not wait for a receiver that hangs: decisions go on, and others are told', async () => {
    const hanging = await receiver(() => {})
    const good = await receiver()
    const { id } = await create(hanging.url)
    await create(good.url, ['experiment.*'])
    notifierOn(store.database, { timeoutMs: 2_000, delays: [] })
    for (let index = 0; index < 6; index++) await started(controlOf(store.database))
    await expect.poll(() => good.received.length, within).toBe(6)
    await expect.poll(async () => (await deliveries(id)).some(({ attempts }) => attempts[0]?.result === 'timeout'), within).toBe(true)
    expect((await deliveries(id)).flatMap(({ attempts }) => attempts).every(({ result }) => result === 'sending' || result === 'timeout')).toBe(true)
  })

  it('arrives once from several nodes', async () => {
    const { url, received } = await receiver((response) => setImmediate(() => response.end()))
    const { id } = await create(url)
    const control = controlOf(store.database)
    const { model } = await started(control)
    for (let index = 0; index < 15; index++) await control.models.patch(model, { enabled: index % 2 === 1 }, 'me')
    for (let node = 0; node < 3; node++) notifierOn(store.database)
    await expect.poll(async () => (await deliveries(id)).filter(({ state }) => state === 'delivered').length, within).toBe(16)
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(16)
    expect(received).toHaveLength(16)
    const told = received.map(({ body }) => (JSON.parse(body) as Notification).data).filter(({ experiment }) => experiment === null)
    expect(told.map(({ seq }) => seq).toSorted((a, b) => a! - b!)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1))
  })

  it('is sent again by the next node when its own stops in the middle', async () => {
    const { url, received } = await receiver((response, before) => before > 0 && response.end())
    const { id } = await create(url)
    await api().test(id)
    const first = notifierOn(store.database)
    await expect.poll(() => received.length, within).toBe(1)
    await first.stop()
    expect((await deliveries(id))[0]).toMatchObject({ state: 'waiting', attempts: [{ result: 'interrupted' }] })
    notifierOn(store.database)
    await expect.poll(async () => (await deliveries(id))[0]?.state, within).toBe('delivered')
    expect(received[1]?.headers['webhook-id']).toBe(received[0]?.headers['webhook-id'])
  })

  it('is sealed with the key at hand, and says when that was taken away', async () => {
    const [old, fresh] = ['x'.repeat(32), 'y'.repeat(32)]
    const { url, received } = await receiver()
    const { id, secret } = await api([old]).create({ url, description: '', events: ['*'] }, 'me')
    const stored = () => store.database.api.run((sql) => sql<{ secret: string }[]>`select secret from webhooks where id = ${id}`)
    const [before] = await stored()
    expect(before!.secret).not.toContain(secret.slice('whsec_'.length))
    await resealSecrets(createWebhooks(store.database.api), createVault([fresh, old]))
    expect(await stored()).not.toEqual([before])
    await api().test(id)
    const lost = notifierOn(store.database, { vault: createVault([old]), delays: [] })
    await expect.poll(async () => (await deliveries(id))[0]?.state, within).toBe('failed')
    expect((await deliveries(id))[0]?.attempts).toMatchObject([{ result: 'unreadable', error: expect.stringContaining('TOKEN_SECRET') }])
    await lost.stop()
    notifierOn(store.database, { vault: createVault([fresh]) })
    await api().replay(id, (await deliveries(id))[0]!.id)
    await expect.poll(() => received.length, within).toBe(1)
    expect(verified(secret, received[0]!)).toMatchObject({ type: 'webhook.test' })
  })
})
