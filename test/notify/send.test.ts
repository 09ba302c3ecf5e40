import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createAddressRules, networkOf } from '../../src/notify/address.ts'
import { createSender, type Resolved, type SenderOptions } from '../../src/notify/send.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

const strict = createAddressRules([])
const loopback = createAddressRules([networkOf('127.0.0.0/8')])
const never = new AbortController().signal

const open: Receiver[] = []
const receiver = async (...how: Parameters<typeof startReceiver>): Promise<Receiver> => {
  const started = await startReceiver(...how)
  open.push(started)
  return started
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const send = (url: string, { body = '{}', stop = never, ...options }: Partial<SenderOptions> & { body?: string; stop?: AbortSignal } = {}) =>
  createSender({ rules: loopback, ...options })(url, { 'webhook-id': 'msg_1', 'content-type': 'application/json' }, body, stop)

describe('sending', () => {
  it('posts the body as it is, and tells what came back', async () => {
    const { url, received } = await receiver()
    expect(await send(url, { body: '{"a":"größer"}' })).toMatchObject({ result: 'delivered', status: 200, error: null, response: 'thanks', ms: expect.any(Number) })
    expect(received).toEqual([
      { path: '/hook', body: '{"a":"größer"}', headers: expect.objectContaining({ 'webhook-id': 'msg_1', 'content-type': 'application/json', 'content-length': '16' }) },
    ])
  })

  it.each([400, 404, 410, 429, 500, 503])('takes %i for a failure', async (status) => {
    const { url } = await receiver((response) => response.writeHead(status, { 'retry-after': '7' }).end('no'))
    expect(await send(url)).toMatchObject({ result: 'answered', status, error: `answered ${status}`, response: 'no', retryAfterMs: 7_000 })
  })

  it('follows no redirect', async () => {
    const inner = await receiver()
    for (const status of [301, 302, 307, 308]) {
      const outer = await receiver((response) => response.writeHead(status, { location: inner.url }).end())
      expect(await send(outer.url)).toMatchObject({ result: 'answered', status, error: 'redirects are not followed' })
    }
    expect(inner.received).toEqual([])
  })

  it('reads no more of an answer than a beginning, and keeps what can be stored', async () => {
    const { url } = await receiver((response) => {
      response.write(`\0${'x'.repeat(100_000)}`)
      // and never ends
    })
    const { result, response } = await send(url)
    expect(result).toBe('delivered')
    expect(response).toBe('x'.repeat(999))
  })

  it('gives up a receiver that does not answer', async () => {
    const { url, received } = await receiver(() => {})
    expect(await send(url, { timeoutMs: 200 })).toMatchObject({ result: 'timeout', status: null, error: 'no answer within 0.2 s' })
    expect(received).toHaveLength(1)
  })

  it('gives up a name that is not resolved', async () => {
    expect(await send('http://slow.example/', { timeoutMs: 200, resolve: () => new Promise<Resolved[]>(() => {}) })).toMatchObject({ result: 'timeout' })
  })

  it('says when nobody listens, and when we were stopped', async () => {
    const gone = await startReceiver()
    await gone.close()
    expect(await send(gone.url)).toMatchObject({ result: 'unreachable', error: expect.stringContaining('ECONNREFUSED') })
    const stop = new AbortController()
    const { url } = await receiver(() => stop.abort())
    expect(await send(url, { stop: stop.signal })).toMatchObject({ result: 'interrupted' })
  })
})

describe('where nothing is sent', () => {
  it('is a private address, whatever the webhook said when it was made', async () => {
    const { url, received, port } = await receiver()
    for (const target of [url, `https://127.0.0.1:${port}`, `https://localhost:${port}`, `https://[::ffff:127.0.0.1]:${port}`]) {
      expect(await send(target, { rules: strict })).toMatchObject({ result: 'not_allowed', error: expect.stringContaining('url_not_allowed') })
    }
    expect(received).toEqual([])
  })

  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fd00::1', '64:ff9b::7f00:1'])(
    'is a public name that resolves to %s', async (address) => {
      const family = address.includes(':') ? 6 : 4
      const outcome = await send('https://example.com/', { rules: strict, resolve: async () => [{ address, family }] })
      expect(outcome).toMatchObject({ result: 'not_allowed', error: 'url_not_allowed: the host has no address that may be called' })
    },
  )

  it('is an address of the name beside one that is allowed', async () => {
    const { port, received } = await receiver()
    const outcome = await send(`http://two.example:${port}/hook`, {
      resolve: async () => [{ address: '10.9.9.9', family: 4 }, { address: '127.0.0.1', family: 4 }],
    })
    expect(outcome).toMatchObject({ result: 'delivered' })
    expect(received[0]?.headers.host).toBe(`two.example:${port}`)
  })

  it('is what a name means a moment later: it is looked up once, and that address is called', async () => {
    const { port, received } = await receiver()
    const answers = ['127.0.0.1', '169.254.169.254']
    let asked = 0
    const resolve = async () => [{ address: answers[asked++]!, family: 4 }]
    expect(await send(`http://rebound.example:${port}/`, { resolve })).toMatchObject({ result: 'delivered' })
    expect([asked, received.length]).toEqual([1, 1])
  })
})

describe('https', () => {
  it('is spoken with a receiver whose certificate nobody vouches for: not at all', async () => {
    const file = (name: string): Buffer => readFileSync(new URL(`../support/tls/${name}`, import.meta.url))
    const server = createTlsServer({ key: file('server.key'), cert: file('server.crt') }, (_request, response) => response.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      expect(await send(`https://127.0.0.1:${port}/`)).toMatchObject({ result: 'unreachable', error: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_VERIFY|DEPTH_ZERO/) })
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
