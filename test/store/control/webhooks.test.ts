import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Notification } from '../../../src/core/tell/notification.ts'
import type { Attempt } from '../../../src/notify/after-attempt.ts'
import { createWebhookLog } from '../../../src/store/control/webhook-log.ts'
import { type Claimed, createWebhookQueue } from '../../../src/store/control/webhook-queue.ts'
import { createWebhooks } from '../../../src/store/control/webhooks.ts'
import type { Database } from '../../../src/store/connect.ts'
import { describeStores } from '../../support/stores.ts'
import { controlOf, started } from './setup.ts'

const outcome = (result: Attempt['result'], more: Partial<Attempt> = {}): Attempt => ({
  result, ms: 3, status: result === 'delivered' ? 200 : 500, error: null, response: '', retryAfterMs: null, ...more,
})
const again = { state: 'waiting', inMs: 0 } as const
const later = { state: 'waiting', inMs: 3_600_000 } as const

const parts = ({ api }: Database) => ({
  hooks: createWebhooks(api),
  log: createWebhookLog(api),
  queue: createWebhookQueue(api),
  exec: (statement: string) => api.run((sql) => sql.unsafe(statement)),
})
type Parts = ReturnType<typeof parts>

const hookOf = async ({ hooks }: Parts, events = ['*']): Promise<string> => {
  const id = `wh_${randomUUID()}`
  await hooks.create({ id, url: 'https://example.com', description: 'd', events, secret: 'plain.whsec_1', createdBy: 'me' })
  return id
}
const deliveriesOf = async ({ log }: Parts, webhook: string) => (await log.list(webhook, { limit: 100, cursor: null })).items
const statesOf = async (all: Parts, webhook: string) => (await deliveriesOf(all, webhook)).map(({ state }) => state)
const handOutAll = async ({ queue }: Parts): Promise<void> => {
  while (await queue.handOut());
}

describeStores('webhooks', (store) => {
  // every test begins with nobody to tell and nothing to say
  beforeEach(async () => {
    await store.database.api.run((sql) => sql`delete from webhooks`)
    await store.database.api.run((sql) => sql`delete from outbox`)
  })

  describe('handing out', () => {
    it('gives each decision once to everybody who wants it, rendered once, whoever hands out', async () => {
      const all = parts(store.database)
      const [everything, starts, models] = [await hookOf(all), await hookOf(all, ['experiment.*']), await hookOf(all, ['model.*'])]
      const off = await hookOf(all)
      await all.hooks.change(off, { enabled: false })
      const control = controlOf(store.database)
      const { key, model } = await started(control)
      await control.models.patch(model, { enabled: false }, 'me')
      await Promise.all(Array.from({ length: 4 }, () => handOutAll(all)))

      expect((await deliveriesOf(all, everything)).map(({ type }) => type)).toEqual(['model.disabled', 'experiment.started'])
      expect((await deliveriesOf(all, starts)).map(({ type }) => type)).toEqual(['experiment.started'])
      expect((await deliveriesOf(all, models)).map(({ type }) => type)).toEqual(['model.disabled'])
      expect(await deliveriesOf(all, off)).toEqual([])

      const claimed = (await all.queue.claim(10)).filter(({ webhook }) => webhook !== models)
      const ofStart = claimed.map(({ payload, message }) => ({ ...(JSON.parse(payload) as Notification), message })).filter(({ type }) => type === 'experiment.started')
      expect(ofStart).toHaveLength(2)
      expect(ofStart[0]).toEqual(ofStart[1])
      expect(ofStart[0]).toMatchObject({
        id: ofStart[0]!.message, timestamp: expect.stringMatching(/^20.*Z$/),
        data: { experiment: key, model, seq: 1, decision: { id: expect.any(Number), action: 'start', actor: 'tester' } },
      })
    })

    it('tells the report that the decision cites', async () => {
      const all = parts(store.database)
      await hookOf(all)
      const { id, key } = await started(controlOf(store.database))
      await handOutAll(all)
      for (const { delivery } of await all.queue.claim(10)) await all.exec(`delete from webhook_deliveries where id = ${delivery}`)
      const summary = { headline: 'b is better than a.', sub: 's', next: 'n', conditions: [] }
      const report = JSON.stringify({ asOf: '2026-01-01T00:00:00.000Z', summary })
      await all.exec(`insert into analyses (experiment, at, epoch, digest, report) values (${id}, '2026-01-01', 1, '', '${report}')`)
      const body = JSON.stringify({ action: 'promote', status: 'applied', experiment: key, variant: 'b', evidence: {} })
      await all.exec(`insert into outbox (topic, ledger, body)
        select 'decision.promote', 1, jsonb_set('${body}', '{evidence,analysis}', to_jsonb(max(id))) from analyses`)
      await handOutAll(all)
      const [claimed] = await all.queue.claim(10)
      expect((JSON.parse(claimed!.payload) as Notification).data).toMatchObject({ summary, analysis: { id: expect.any(Number), at: '2026-01-01T00:00:00.000Z' } })
    })

    it('tells nothing of what was rolled back, nor to whoever came later', async () => {
      const all = parts(store.database)
      const early = await hookOf(all)
      await store.database.api.begin(async (tx) => {
        await tx`insert into outbox (topic, ledger, body) values ('decision.start', 1, ${tx.json({ action: 'start', status: 'applied', experiment: 'e' })})`
        throw new Error('the decision fails')
      }).catch(() => {})
      await handOutAll(all)
      expect(await deliveriesOf(all, early)).toEqual([])
      await started(controlOf(store.database))
      const late = await hookOf(all)
      await handOutAll(all)
      expect([await statesOf(all, early), await statesOf(all, late)]).toEqual([['waiting'], []])
    })
  })

  describe('a delivery', () => {
    const oneWaiting = async (): Promise<Parts & { webhook: string }> => {
      const all = parts(store.database)
      const webhook = await hookOf(all)
      await all.log.test(webhook)
      return { ...all, webhook }
    }
    const claimOne = async ({ queue }: Parts): Promise<Claimed> => {
      const [claimed, ...others] = await queue.claim(10)
      expect(others).toEqual([])
      return claimed!
    }

    it('is one process\u2019s at a time', async () => {
      const all = await oneWaiting()
      const claims = await Promise.all(Array.from({ length: 5 }, () => all.queue.claim(10)))
      expect(claims.flat()).toHaveLength(1)
      expect(await all.queue.claim(10)).toEqual([])
      expect((await deliveriesOf(all, all.webhook))[0]).toMatchObject({ state: 'waiting', attempts: [{ number: 1, result: 'sending', status: null }] })
    })

    it('is sent by another process when its own has died, and a late word of that one changes nothing', async () => {
      const all = await oneWaiting()
      const lost = await claimOne(all)
      await all.exec(`update webhook_deliveries set claimed_until = clock_timestamp() - interval '1 second'`)
      const taken = await claimOne(all)
      expect(taken).toMatchObject({ message: lost.message, payload: lost.payload, number: 2, tries: 2 })
      await all.queue.settle(lost, outcome('answered'), { state: 'failed' })
      expect(await statesOf(all, all.webhook)).toEqual(['waiting'])
      await all.queue.settle(taken, outcome('delivered'), { state: 'delivered' })
      expect((await deliveriesOf(all, all.webhook))[0]).toMatchObject({
        state: 'delivered', nextAt: null, endedAt: expect.any(String), attempts: [{ result: 'answered', status: 500 }, { result: 'delivered', status: 200 }],
      })
    })

    it('waits after a failure, and its webhook remembers since when', async () => {
      const all = await oneWaiting()
      await all.queue.settle(await claimOne(all), outcome('timeout'), later)
      expect(await all.queue.claim(10)).toEqual([])
      const { failingSince } = await all.hooks.get(all.webhook)
      expect(failingSince).not.toBeNull()
      const [delivery] = await deliveriesOf(all, all.webhook)
      expect(Date.parse(delivery!.nextAt!) - Date.parse(delivery!.createdAt)).toBeGreaterThanOrEqual(3_600_000)
      await all.log.replay(all.webhook, delivery!.id)
      await all.queue.settle(await claimOne(all), outcome('delivered'), { state: 'delivered' })
      expect((await all.hooks.get(all.webhook)).failingSince).toBeNull()
    })

    it('that our own end cut short does not count', async () => {
      const all = await oneWaiting()
      await all.queue.settle(await claimOne(all), outcome('interrupted', { status: null }), again)
      expect((await all.hooks.get(all.webhook)).failingSince).toBeNull()
      expect(await claimOne(all)).toMatchObject({ tries: 1, number: 2 })
    })

    it('can be replayed with all its tries, under its id', async () => {
      const all = await oneWaiting()
      const first = await claimOne(all)
      expect(await all.log.replay(all.webhook, first.delivery), 'it is being sent').toMatchObject({ attempts: [{ result: 'sending' }] })
      expect(await all.queue.claim(10)).toEqual([])
      await all.queue.settle(first, outcome('answered'), { state: 'failed' })
      expect(await all.log.replay(all.webhook, first.delivery)).toMatchObject({ state: 'waiting', endedAt: null })
      expect(await claimOne(all)).toMatchObject({ message: first.message, payload: first.payload, tries: 1, number: 2 })
      await expect(all.log.replay(await hookOf(all), first.delivery)).rejects.toMatchObject({ code: 'not_found' })
    })

    it('goes with its webhook, also while it is being sent', async () => {
      const all = await oneWaiting()
      const claimed = await claimOne(all)
      expect(await all.hooks.remove(all.webhook)).toBe(true)
      expect(await all.queue.settle(claimed, outcome('delivered'), { state: 'delivered' })).toBeNull()
      await expect(all.log.list(all.webhook, { limit: 1, cursor: null })).rejects.toMatchObject({ code: 'not_found' })
    })
  })

  describe('a webhook', () => {
    it('has four messages under way at most, and one while it fails; others go on', async () => {
      const all = parts(store.database)
      const [busy, other] = [await hookOf(all), await hookOf(all)]
      for (let index = 0; index < 6; index++) await all.log.test(busy)
      await all.log.test(other)
      const claimed = await all.queue.claim(32)
      expect(claimed.filter(({ webhook }) => webhook === busy)).toHaveLength(4)
      expect(claimed.filter(({ webhook }) => webhook === other)).toHaveLength(1)
      for (const one of claimed) await all.queue.settle(one, outcome('answered'), later)
      expect((await all.queue.claim(32)).map(({ webhook }) => webhook)).toEqual([busy])
    })

    it('that is gone is disabled, and what waits is cancelled until somebody enables it', async () => {
      const all = parts(store.database)
      const webhook = await hookOf(all)
      for (let index = 0; index < 2; index++) await all.log.test(webhook)
      const [first, second] = await all.queue.claim(2)
      expect(await all.queue.settle(first!, outcome('answered', { status: 410 }), later)).toBe('gone')
      expect(await all.hooks.get(webhook)).toMatchObject({ enabled: false, disabledBecause: 'gone' })
      expect(await statesOf(all, webhook)).toEqual(['cancelled', 'cancelled'])
      expect(await all.queue.settle(second!, outcome('delivered'), { state: 'delivered' }), 'it arrived, all the same').toBeNull()
      expect((await statesOf(all, webhook)).toSorted()).toEqual(['cancelled', 'delivered'])
      expect(await all.queue.claim(10)).toEqual([])
      await expect(all.log.test(webhook)).rejects.toMatchObject({ code: 'conflict' })
      await expect(all.log.replay(webhook, first!.delivery)).rejects.toMatchObject({ code: 'conflict' })
      expect(await all.hooks.change(webhook, { enabled: true })).toMatchObject({ enabled: true, disabledBecause: null, failingSince: null })
      await all.log.replay(webhook, first!.delivery)
      expect(await all.queue.claim(10)).toHaveLength(1)
    })

    it('that nothing has reached for days is disabled', async () => {
      const all = parts(store.database)
      const webhook = await hookOf(all)
      await all.log.test(webhook)
      const fail = async () => all.queue.settle((await all.queue.claim(1))[0]!, outcome('unreachable', { status: null }), again)
      expect(await fail()).toBeNull()
      await all.exec(`update webhooks set failing_since = moment() - interval '4 days 23 hours'`)
      expect(await fail()).toBeNull()
      await all.exec(`update webhooks set failing_since = moment() - interval '5 days 1 hour'`)
      expect(await fail()).toBe('failing')
      expect(await all.hooks.get(webhook)).toMatchObject({ enabled: false, disabledBecause: 'failing' })
    })

    it('has two secrets for as long as it was told', async () => {
      const all = parts(store.database)
      const webhook = await hookOf(all)
      const secrets = async () => {
        await all.log.test(webhook)
        const [{ secret, previous, ...claimed }] = (await all.queue.claim(1)) as [Claimed]
        await all.queue.settle({ ...claimed, secret, previous }, outcome('delivered'), { state: 'delivered' })
        return [secret, previous]
      }
      expect(await secrets()).toEqual(['plain.whsec_1', null])
      const changed = await all.hooks.change(webhook, { secret: { sealed: 'plain.whsec_2', keepMs: 3_600_000 } })
      expect(changed.previousSecretUntil).not.toBeNull()
      expect(JSON.stringify(changed)).not.toContain('whsec')
      expect(await secrets()).toEqual(['plain.whsec_2', 'plain.whsec_1'])
      await all.exec(`update webhooks set previous_until = moment() - interval '1 second'`)
      expect(await secrets()).toEqual(['plain.whsec_2', null])
      expect((await all.hooks.get(webhook)).previousSecretUntil).toBeNull()
      await all.hooks.change(webhook, { secret: { sealed: 'plain.whsec_3', keepMs: 0 } })
      expect(await secrets()).toEqual(['plain.whsec_3', null])
      await all.hooks.reseal((sealed) => (sealed === 'plain.whsec_3' ? 'aes.x.y' : null))
      expect(await secrets()).toEqual(['aes.x.y', null])
    })

    it('is one of a hundred at most', async () => {
      const all = parts(store.database)
      for (let index = 0; index < 100; index++) await hookOf(all)
      await expect(hookOf(all)).rejects.toMatchObject({ code: 'conflict' })
      const first = await all.hooks.list({ limit: 60, cursor: null })
      const second = await all.hooks.list({ limit: 60, cursor: first.next })
      expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(100)
      expect(second.next).toBeNull()
    })
  })

  describe('the log', () => {
    it('is read in pages, and by state', async () => {
      const all = parts(store.database)
      const webhook = await hookOf(all)
      for (let index = 0; index < 3; index++) await all.log.test(webhook)
      const [claimed] = await all.queue.claim(1)
      await all.queue.settle(claimed!, outcome('answered'), { state: 'failed' })
      const first = await all.log.list(webhook, { limit: 2, cursor: null })
      const second = await all.log.list(webhook, { limit: 2, cursor: first.next })
      const ids = [...first.items, ...second.items].map(({ id }) => id)
      expect(ids).toEqual(ids.toSorted((a, b) => b - a))
      expect([ids.length, second.next]).toEqual([3, null])
      expect((await all.log.list(webhook, { limit: 10, cursor: null }, 'failed')).items.map(({ id }) => id)).toEqual([claimed!.delivery])
    })

    it('is forgotten after thirty days, but for what still waits', async () => {
      const all = parts(store.database)
      const webhook = await hookOf(all)
      for (let index = 0; index < 3; index++) await all.log.test(webhook)
      const [old, recent] = await all.queue.claim(2)
      for (const one of [old!, recent!]) await all.queue.settle(one, outcome('delivered'), { state: 'delivered' })
      await all.exec(`update outbox set told_at = moment() - interval '31 days'
        where id in (select outbox from webhook_deliveries where id <> ${recent!.delivery})`)
      expect(await all.queue.oldestSeconds()).toBeLessThan(60)
      await all.exec(`update webhook_deliveries set created_at = moment() - interval '31 days' where state = 'waiting'`)
      expect(await all.queue.oldestSeconds()).toBeGreaterThan(31 * 86_400 - 60)
      expect(await all.queue.tidy()).toBe(false)
      expect(await statesOf(all, webhook)).toEqual(['waiting', 'delivered'])
    })
  })
})
