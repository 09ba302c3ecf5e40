import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Listening, listen } from '../../src/entry/serve.ts'
import { raw } from './raw.ts'

let listening: Listening | null = null
afterEach(async () => {
  await listening?.drain()
  listening = null
})

const open = async (fetch: (request: Request) => Response | Promise<Response>): Promise<string> => {
  listening = await listen(fetch, { host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${listening.port}`
}

describe('draining', () => {
  it('answers what is under way, ends idle connections, and takes no new ones', async () => {
    const { promise: go, resolve: finish } = Promise.withResolvers<void>()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const url = await open(async (request) => {
      if (new URL(request.url).pathname === '/slow') {
        arrive()
        await go
      }
      return new Response('done')
    })
    expect(await (await fetch(url)).text()).toBe('done') // leaves an idle connection behind
    const slow = fetch(`${url}/slow`)
    await arrived
    const drained = listening!.drain()
    await expect(fetch(url)).rejects.toThrow()
    finish()
    expect(await (await slow).text()).toBe('done')
    await drained
    listening = null
  })

  it('says on its last answer that a connection ends', async () => {
    const { promise: go, resolve: finish } = Promise.withResolvers<void>()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    const url = await open(async (request) => {
      if (new URL(request.url).pathname !== '/slow') return new Response('late')
      arrive()
      await go
      return new Response('early')
    })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const text = (async () => (await socket.setEncoding('utf8').toArray()).join(''))()
    socket.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await arrived
    const drained = listening!.drain()
    await new Promise((written) => socket.write('GET /late HTTP/1.1\r\nhost: localhost\r\n\r\n', written))
    finish()
    await drained
    listening = null
    const [, ...answers] = (await text).split('HTTP/1.1 ')
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(answers.map(() => '200'))
    expect(answers.at(-1)).toMatch(/connection: close/i)
  })
})

describe('peers that do not speak HTTP', () => {
  it('are told so in a problem document', async () => {
    const url = await open(() => new Response('ok'))
    const answer = await raw(url, 'hello\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status: 400 })
  })
})
