import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { expectProblem } from '../http/support.ts'
import { expectReplays } from '../support/replays.ts'
import { names, type Staged, startStaged } from '../support/staged.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

const key = 'checked'
const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const says = (name: string, status: string) => app.must('POST', `/api/models/${key}/versions/2/checks`, { name, status })
const standing = () => app.must('GET', `/api/experiments/${key}`)
const wanted = async (text: string): Promise<object | undefined> => {
  const { summary } = (await app.must('GET', `/api/experiments/${key}/report`)) as { summary: { conditions: { text: string }[] } }
  return summary.conditions.find((one) => one.text === text)
}

it('a stage waits for the checks that it requires, whoever asks, and goes on by itself once they have come', async () => {
  const stages = [
    { allocation: 'steps', steps: [{ coverage: 1, hold: 'PT10M', minUnits: 40 }], requires: ['smoke'] },
    { allocation: 'fixed', requires: ['load'] }, { allocation: 'switch', requires: ['sign-off'] },
  ]
  await expect(app.begin(key, stages)).rejects.toThrow('checks_missing')
  expect(await standing()).toMatchObject({ state: 'draft', missing: [{ variant: 'old', checks: [{ name: 'smoke', status: null }] }, { variant: 'new' }] })
  // a champion needs none: it serves already
  await app.must('PUT', `/api/models/${key}/champion`, { version: '1', reason: 'first' })
  const start = await app.act(key, 'start')
  expectProblem(start, 'checks_missing')
  expect(start.body['errors']).toEqual([{ path: 'stages[0].requires', message: 'version "2" has not passed a required check: smoke is missing' }])
  await says('smoke', 'pass')
  expect((await app.act(key, 'start')).body).toMatchObject({ state: 'running' })

  const engine = app.service.database.engine
  const { fence } = (await createLease(engine, randomUUID()).acquire())!
  const tick = createTick({ store: createEngineStore(engine), log: quiet })
  await app.service.live.refresh()
  await app.serve(key, names(400))
  await app.pass(11)
  await tick(fence)
  expect(await standing()).toMatchObject({ stage: 0, missing: [{ variant: 'new', version: '2', checks: [{ name: 'load', status: null }] }] })
  const { items } = (await app.must('GET', `/api/experiments/${key}/decisions`)) as { items: object[] }
  expect(items[0]).toMatchObject({ action: 'ramp', status: 'held', reason: expect.stringContaining('version "2": load is missing') })
  expect(await wanted('stage 2 may begin: check load')).toMatchObject({ met: false, current: 'version "2": load is missing', needed: 'passed' })
  expect((await app.call('GET', `/experiments/${key}`, undefined, { accept: 'text/html' })).text).toContain('stage 2 may begin: check load')
  expect(await app.must('GET', `/api/gates/${key}:new?ask=safe&answer=value`)).toMatchObject({ result: 'wait', reason: expect.stringContaining('load is missing') })
  const ramp = await app.act(key, 'ramp')
  expectProblem(ramp, 'checks_missing')
  expect(ramp.body['errors']).toMatchObject([{ path: 'stages[1].requires' }])
  expect((await app.act(key, 'promote', { variant: 'new' })).body).toMatchObject({ errors: [{ path: 'stages[1].requires' }, { path: 'stages[2].requires' }] })

  await tick(fence)
  await tick(fence)
  expect(await tick(fence)).toMatchObject({ looked: 0 })
  await says('load', 'pass')
  expect(await tick(fence)).toMatchObject({ looked: 1, decided: 1 })
  expect(await standing()).toMatchObject({ stage: 1, missing: [] })

  await says('load', 'fail')
  expect(await tick(fence)).toMatchObject({ looked: 1, decided: 1 })
  const failed = 'version "2" no longer passes a check that its stage requires: load failed'
  expect(await standing()).toMatchObject({ stage: 1, holds: [{ reason: 'check', variant: 'new', metric: 'check:load', text: failed }] })
  expect((await app.call('GET', `/experiments/${key}`, undefined, { accept: 'text/html' })).text).toContain(`Held: ${failed.replaceAll('"', '&quot;')}`)
  expect(await tick(fence)).toMatchObject({ decided: 0 })
  const told = (await app.must('GET', `/api/experiments/${key}/decisions`)) as { items: object[] }
  expect(told.items.filter((one) => 'action' in one && one.action === 'hold')).toMatchObject([{ status: 'applied', reason: `Nothing is promoted or moved: ${failed}.` }])
  await says('load', 'pass')
  for (let looks = 0; looks < 3; looks++) await tick(fence)
  expect(await standing()).toMatchObject({ holds: [] })

  expect(await wanted('stage 3 may begin: check sign-off')).toMatchObject({ met: false })
  expect((await app.act(key, 'promote', { variant: 'new' })).body).toMatchObject({ code: 'checks_missing', errors: [{ path: 'stages[2].requires' }] })
  await says('sign-off', 'pass')
  expect((await app.act(key, 'promote', { variant: 'new' })).body).toMatchObject({ state: 'baking' })
  expect(await expectReplays(engine)).toBeGreaterThan(3)
})

it('says which names of checks are wrong', async () => {
  await expect(app.begin('misnamed', [{ allocation: 'fixed', requires: ['load', 'load'] }])).rejects.toThrow('stages[0].requires')
})
