import postgres from 'postgres'
import { expect, it } from 'vitest'
import { freshPostgres } from '../support/fresh.ts'
import { define, expectProblem, startApp } from './support.ts'

it('an action that waits in vain for somebody else leaves no trace, says so, and can be sent again', async () => {
  const url = await freshPostgres()
  const app = await startApp({ DATABASE_URL: url })
  const other = postgres(url, { max: 1 })
  const release = Promise.withResolvers<void>()
  try {
    await define(app)
    const held = Promise.withResolvers<void>()
    const holding = other.begin(async (sql) => {
      await sql`select 1 from experiments where key = 'live' for update`
      held.resolve()
      await release.promise
    })
    await held.promise
    const pause = { action: 'pause', reason: 'a rest' }
    const busy = await app.call('POST', '/api/experiments/live/actions', pause)
    expectProblem(busy, 'unavailable')
    expect(busy.headers.get('retry-after')).toBe('1')
    expect(busy.body['detail']).toContain('nothing was done: send the same body again')
    release.resolve()
    await holding
    expect(await app.must('GET', '/api/experiments/live')).toMatchObject({ state: 'running' })
    expect(await app.must('POST', '/api/experiments/live/actions', pause)).toMatchObject({ state: 'paused' })
  } finally {
    release.resolve()
    await other.end()
    await app.close()
  }
})
