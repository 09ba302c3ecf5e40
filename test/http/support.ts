import { request as httpRequest } from 'node:http'
import { expect } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { listen } from '../../src/entry/serve.ts'
import { openService, type Service } from '../../src/entry/service.ts'
import { statusOf } from '../../src/errors.ts'

export const adminKey = 'an admin key of tests'.replaceAll(' ', '-')

export type Called = { status: number; headers: Headers; text: string; body: Record<string, unknown> }

export type TestApp = {
  url: string
  service: Service
  /** One JSON call, as whoever the app was started for. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Called>
  /** The same with a body sent as it is. */
  send(method: string, path: string, body: string | Uint8Array | ReadableStream | undefined, headers?: Record<string, string>): Promise<Called>
  /** A call that must succeed. */
  must(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>
  close(): Promise<void>
}

const silent = { info: () => {}, warn: () => {}, error: console.error }

/**
 * The whole service in this process, over real HTTP, with a database in memory that nobody else sees.
 *
 * @param now milliseconds since 1970, for tests that move the clock
 */
export const startApp = async (environment: Record<string, string> = {}, now?: () => number): Promise<TestApp> => {
  const config = parseConfig({ HOST: '127.0.0.1', DATA_DIR: 'memory:', ENGINE: 'off', ...environment })
  const service = await openService(config, silent, now)
  const listening = await listen(service.app.hono.fetch, { host: config.host, port: 0 }, service.app.hot)
  const url = `http://127.0.0.1:${listening.port}`
  const identity: Record<string, string> = config.adminKey === null ? {} : { authorization: `Bearer ${config.adminKey}` }

  const send: TestApp['send'] = async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { ...identity, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: body as BodyInit, ...(body instanceof ReadableStream ? { duplex: 'half' } : {}) }),
    } as RequestInit)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: text.startsWith('{') ? JSON.parse(text) : {} }
  }
  const call: TestApp['call'] = (method, path, body, headers = {}) =>
    send(method, path, body === undefined ? undefined : JSON.stringify(body), { 'content-type': 'application/json', ...headers })

  return {
    url,
    service,
    send,
    call,
    async must(method, path, body) {
      const answer = await call(method, path, body)
      if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
      return answer.body
    },
    async close() {
      service.stop()
      await listening.drain()
      await service.close()
    },
  }
}

export const experimentOf = (key: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  key,
  model: 'm',
  unguarded: true,
  variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
  metrics: [{ metric: 'win', role: 'decision' }, { metric: 'score', role: 'diagnostic' }],
  stages: [{ allocation: 'fixed' }],
  ...more,
})

/** A running experiment on a model of its own, both by this key; `define` comes first. */
export const startExperiment = async ({ must }: TestApp, key: string): Promise<void> => {
  await must('POST', '/api/models', { key })
  for (const version of ['1', '2']) await must('POST', `/api/models/${key}/versions`, { version, payload: { version } })
  await must('POST', '/api/experiments', experimentOf(key, { model: key }))
  await must('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'test' })
}

/** A model `m` with two versions, the metrics `win` and `score` (0 to 100), a running `live` and a draft `drafted`. */
export const define = async ({ must }: TestApp): Promise<void> => {
  await must('POST', '/api/models', { key: 'm' })
  for (const version of ['1', '2']) await must('POST', '/api/models/m/versions', { version, payload: { version } })
  await must('POST', '/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
  await must('POST', '/api/metrics', { key: 'score', kind: 'mean', measure: 'score', direction: 'increase', min: 0, max: 100 })
  for (const key of ['live', 'drafted']) await must('POST', '/api/experiments', experimentOf(key))
  await must('POST', '/api/experiments/live/actions', { action: 'start', reason: 'test' })
}

/** The answer is a well-formed problem document with this code and its status. */
export const expectProblem = (answer: Called, code: string): void => {
  expect.soft(answer.body['code'], answer.text).toBe(code)
  expect(answer.status).toBe(statusOf[code as keyof typeof statusOf])
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.body).toEqual({
    type: `/docs#${code}`, title: expect.any(String), status: answer.status, detail: expect.any(String), code,
    errors: expect.any(Array),
  })
  for (const violation of answer.body['errors'] as unknown[]) expect(violation).toEqual({ path: expect.any(String), message: expect.any(String) })
  expect(answer.text).not.toMatch(/\/(src|node_modules)\/|\bat \w+ \(/)
}

/** A request whose Host and path no URL library has touched. */
export const bare = (url: string, options: { method: string; path: string; headers: Record<string, string>; body?: string }): Promise<Called> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const request = httpRequest({ hostname, port, method: options.method, path: options.path, headers: options.headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const headers = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)] as [string, string]))
        resolve({ status: response.statusCode ?? 0, headers, text, body: text.startsWith('{') ? JSON.parse(text) : {} })
      })
    })
    request.on('error', reject)
    request.end(options.body)
  })
