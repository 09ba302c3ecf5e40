import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Staged, startStaged } from '../support/staged.ts'
import { expectProblem } from './support.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
  await app.begin('m', [{ allocation: 'fixed' }])
})
afterAll(() => app.close())

const startAt = new Date(Date.now() + 3_600_000).toISOString()
const when = `${startAt.slice(0, 16).replace('T', ' ')} UTC`
const draft = (key: string, more: object = {}) => ({
  key, model: 'm', unguarded: true, salt: 'salt', metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
  variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }], startAt, ...more,
})
const page = async (path: string): Promise<string> => {
  const { status, text } = await app.call('GET', path, undefined, { accept: 'text/html' })
  expect(status).toBe(200)
  return text
}

it('a draft says when it starts by itself, then what is in its way, and then runs', async () => {
  await app.must('POST', '/api/experiments', draft('later'))
  for (const path of ['/experiments/later', '/?show=draft']) expect(await page(path)).toContain(`It starts by itself on ${when}.`)
  expect(await page('/')).toContain('Nothing needs you')
  await app.pass(61)
  for (const path of ['/experiments/later', '/?show=draft']) expect(await page(path)).toContain(`It was to start on ${when}`)
  await app.look()
  const held = `Not started as scheduled for ${when}: &quot;m&quot; is running and takes some of the same units`
  for (const path of ['/experiments/later', '/?show=draft']) expect(await page(path)).toContain(held)
  const { items } = await app.must('GET', '/api/experiments/later/decisions')
  const [entry] = items as { id: number }[]
  expect(items).toMatchObject([{ actor: 'engine', action: 'start', status: 'held', rule: 'schedule', evidence: { startAt, refused: 'layer_overlap' } }])
  expect(await page(`/decisions/${entry!.id}`)).toContain(held)
  const home = await page('/?show=attention')
  // the other one has had no traffic for an hour
  expect(home).toContain('2 experiments need you')
  expect(home).toMatch(new RegExp(`Not started</span>\\s*<span>${held}.*<a href="/experiments/later" [^>]*>See the draft`, 's'))
  await app.act('m', 'stop')
  await app.look()
  expect(await page('/')).toContain('Nothing needs you')
  expect(await app.must('GET', '/api/experiments/later')).toMatchObject({ state: 'running', startAt })
  expect((await app.must('POST', '/assign', { experiment: 'later', unit: 'u' }))['variant']).toMatch(/old|new/)
})

it('is part of what is declared, and wrong in the past', async () => {
  const ahead = new Date(Date.now() + 86_400_000).toISOString()
  const declared = { experiments: [draft('declared', { startAt: ahead })] }
  await app.must('POST', '/api/apply', declared)
  expect((await app.must('POST', '/api/apply', declared))['steps']).toMatchObject([{ does: 'nothing' }])
  expect((await app.must('GET', '/api/export'))['experiments']).toContainEqual(expect.objectContaining({ key: 'declared', startAt: ahead }))
  const past = await app.call('POST', '/api/experiments', draft('past'))
  expectProblem(past, 'invalid_definition')
  expect(past.body['errors']).toEqual([{ path: 'startAt', message: expect.stringContaining('must be in the future') }])
})

it('a draft that could not start can be deleted; what the ledger says of it can still be read', async () => {
  const soon = new Date(Date.now() + 2 * 3_600_000).toISOString()
  await app.must('POST', '/api/experiments', draft('gone', { startAt: soon }))
  await app.pass(180)
  await app.look()
  const { items } = await app.must('GET', '/api/experiments/gone/decisions')
  const [entry] = items as { id: number }[]
  await app.call('DELETE', '/api/experiments/gone')
  expect((await app.call('GET', '/api/experiments/gone')).status).toBe(404)
  expect(await page(`/decisions/${entry!.id}`)).toContain('Not started as scheduled for')
  expect(await app.must('GET', `/api/decisions/${entry!.id}/replay`)).toMatchObject({ same: true })
})
