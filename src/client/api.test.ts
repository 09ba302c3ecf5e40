import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createApi } from './api.ts'

const serving = async (answer: RequestListener, work: (base: string) => Promise<void>): Promise<void> => {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('createApi', () => {
  it('sends the tag of a path back, and takes 304 for what it got before', async () => {
    let said = { headline: 'one' }
    const asked: (string | undefined)[] = []
    await serving((request, response) => {
      const tag = request.headers['if-none-match']
      asked.push(tag)
      const etag = `"${said.headline}"`
      if (tag === etag) response.writeHead(304, { etag }).end()
      else response.writeHead(200, { etag }).end(JSON.stringify(said))
    }, async (base) => {
      const api = createApi(base)
      expect(await api('GET', '/report')).toEqual({ headline: 'one' })
      expect(await api('GET', '/report')).toEqual({ headline: 'one' })
      said = { headline: 'two' }
      expect(await api('GET', '/report')).toEqual({ headline: 'two' })
      expect(await api('GET', '/report')).toEqual({ headline: 'two' })
      await api('GET', '/other')
    })
    expect(asked).toEqual([undefined, '"one"', '"one"', '"two"', undefined])
  })
})
