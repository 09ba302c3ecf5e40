import { afterAll, beforeAll, expect, it } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { connect, type Database } from '../../src/store/connect.ts'
import { freshPostgres } from '../support/fresh.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { defineDemo, type Service, startService, until } from '../support/service.ts'

let databaseUrl: string
let database: Database
let receiver: Receiver
let holding = true
const nodes: Service[] = []

const node = async (): Promise<Service> => {
  const service = await startService({ DATABASE_URL: databaseUrl, WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8', TOKEN_SECRET: 'a secret of tokens that is long enough' })
  nodes.push(service)
  return service
}

beforeAll(async () => {
  databaseUrl = await freshPostgres()
  database = await connect({ databaseUrl })
  receiver = await startReceiver((response) => holding || response.end())
})
afterAll(async () => {
  await Promise.all(nodes.map((service) => service.kill('SIGKILL')))
  await receiver?.close()
  await database?.close()
})

type Delivery = { state: string; type: string; attempts: { result: string }[] }

it('a node killed between sending and writing that down: the message comes again, under its id', async () => {
  const first = await node()
  const { id, secret } = (await first.call('POST', '/api/webhooks', { url: receiver.url, events: ['experiment.started'] })).body as { id: string; secret: string }
  await defineDemo(first)
  await until(async () => receiver.received.length === 1)
  await first.kill('SIGKILL')

  holding = false
  const second = await node()
  const delivery = async (): Promise<Delivery> =>
    ((await second.call('GET', `/api/webhooks/${id}/deliveries`)).body['items'] as Delivery[])[0]!
  expect(await delivery(), 'nobody else may send while the first one might').toMatchObject({ state: 'waiting', attempts: [{ result: 'sending' }] })
  // a minute passes, and with it the claim of the dead
  await database.api.run((sql) => sql`update webhook_deliveries set claimed_until = claimed_until - interval '1 minute'`)
  await until(async () => (await delivery()).state === 'delivered')

  expect(await delivery()).toMatchObject({ type: 'experiment.started', attempts: [{ result: 'unknown' }, { result: 'delivered' }] })
  const [sent, again, ...more] = receiver.received
  expect(more).toEqual([])
  expect(again?.headers['webhook-id']).toBe(sent?.headers['webhook-id'])
  expect(new Webhook(secret).verify(again!.body, again!.headers as Record<string, string>)).toMatchObject({ data: { experiment: 'demo' } })

  const { text } = (await second.call('GET', '/metrics')).body as { text: string }
  expect(text).toContain('contender_webhook_deliveries_total{result="delivered"} 1')
  expect(text).toMatch(/^contender_webhook_oldest_seconds \d/m)
})
