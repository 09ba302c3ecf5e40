import { compileErrors, validate } from '@readme/openapi-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Called, define, startApp, type TestApp } from './support.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
})
afterAll(() => app.close())

type Operation = { operationId: string; 'x-scope': string; responses: Record<string, object>; summary: string }
const operations = async (): Promise<[string, Operation][]> => {
  const { paths } = await app.must('GET', '/openapi.json')
  return Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as [string, Operation]),
  )
}

describe('the OpenAPI document', () => {
  it('is valid', async () => {
    const document = await app.must('GET', '/openapi.json')
    expect(document['openapi']).toBe('3.1.0')
    const result = await validate(structuredClone(document) as never)
    expect(result.valid, result.valid ? '' : compileErrors(result)).toBe(true)
  })

  it('describes every route but the pages, each with a scope, an answer and problems', async () => {
    const described = new Map(await operations())
    const declared = app.service.app.routes.filter((route) => !('hidden' in route)).map((route) => `${route.method.toUpperCase()} ${route.path}`)
    expect([...described.keys()].toSorted()).toEqual(declared.toSorted())
    for (const [name, operation] of described) {
      expect(operation['x-scope'], name).toMatch(/^(public|assign|outcome|read|define|operate|admin)$/)
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2')), name).toBe(true)
      expect(operation.summary, name).not.toBe('')
    }
    const ids = [...described.values()].map((operation) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has no route whose answers it does not know', async () => {
    const described = new Map(await operations())
    const answers: [string, Called][] = [
      ['POST /assign', await app.call('POST', '/assign', { experiment: 'live', unit: 'u' })],
      ['POST /assign', await app.call('POST', '/assign', { experiment: 'nothing', unit: 'u' })],
      ['GET /api/experiments', await app.call('GET', '/api/experiments')],
      ['POST /api/models', await app.call('POST', '/api/models', { key: 'm' })],
      ['GET /api/models/{key}', await app.call('GET', '/api/models/nothing')],
      ['GET /ready', await app.call('GET', '/ready')],
    ]
    for (const [name, answer] of answers) expect(Object.keys(described.get(name)?.responses ?? {}), name).toContain(String(answer.status))
  })

  it('is a page for people, too', async () => {
    const { status, text, headers } = await app.call('GET', '/docs')
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    for (const [name] of await operations()) expect(text).toContain(name.split(' ')[1])
    expect(text).toContain('id="invalid_body"')
    expect(text).toContain('curl -s &quot;$CONTENDER/assign&quot;')
  })
})
