import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshPostgres } from '../../support/fresh.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { type Service, startService, until } from '../../support/service.ts'
import { type Bundle, bundleWorker, type Edge, startEdge } from '../../support/workerd.ts'

const shared = { TOKEN_SECRET: 'a secret of tokens that is long enough', WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8' }
let [bundle, edge, node, receiver]: [Bundle?, Edge?, Service?, Receiver?] = []

beforeAll(async () => {
  const databaseUrl = await freshPostgres()
  ;[bundle, receiver] = await Promise.all([bundleWorker(), startReceiver()])
  node = await startService({ DATABASE_URL: databaseUrl, ...shared })
  edge = await startEdge(bundle, { DATABASE_URL: databaseUrl, ...shared })
})
afterAll(async () => {
  await edge?.stop()
  await node?.kill('SIGTERM')
  await receiver?.close()
  await bundle?.remove()
})

it('a webhook made at the edge is sent by a node, with the secret that was told and sealed there', async () => {
  expect((await edge!.call('POST', '/api/webhooks', { url: 'https://169.254.169.254' })).body).toMatchObject({ status: 422, code: 'url_not_allowed' })
  const made = await edge!.call('POST', '/api/webhooks', { url: receiver!.url })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  expect((await edge!.call('POST', `/api/webhooks/${made.body['id']}/test`)).status).toBe(202)
  await until(async () => receiver!.received.length === 1)
  const [{ body, headers }] = receiver!.received as [Receiver['received'][number]]
  expect(new Webhook(made.body['secret'] as string).verify(body, headers as Record<string, string>)).toMatchObject({ type: 'webhook.test' })
  await until(async () => {
    const { items } = (await edge!.call('GET', `/api/webhooks/${made.body['id']}/deliveries`)).body as { items: { state: string }[] }
    return items[0]?.state === 'delivered'
  })
})
