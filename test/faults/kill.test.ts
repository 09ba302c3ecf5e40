import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { median } from '../../load/support/generator.ts'
import { freshPostgres } from '../support/fresh.ts'
import { countedOutcomes, defineDemo, type Service, startService } from '../support/service.ts'

const rounds = 20

/** What became of each outcome we sent: acknowledged, or unknown because the process died under it. */
type Ledger = Map<string, { token: string; acknowledged: boolean }>

const send = async (service: Service, id: string, token: string): Promise<{ accepted: number; duplicates: number }> => {
  const answer = await service.call('POST', '/outcome', { token, id, measures: { win: true } })
  expect(answer.status).toBe(200)
  return answer.body as { accepted: number; duplicates: number }
}

/** Twelve writers at once until the process dies; the fatal moment lies after a random number of answers. */
const streamUntilKilled = async (service: Service, round: number, ledger: Ledger): Promise<void> => {
  let answers = 0
  let dead = false
  const fatal = 10 + ((round * 37) % 90)
  const writer = async (lane: number): Promise<void> => {
    for (let index = 0; !dead; index++) {
      const unit = `unit-${round}-${lane}-${index}`
      const id = `outcome-${round}-${lane}-${index}`
      try {
        const assigned = await service.call('POST', '/assign', { experiment: 'demo', unit })
        const token = assigned.body['token'] as string
        ledger.set(id, { token, acknowledged: false })
        await send(service, id, token)
        ledger.set(id, { token, acknowledged: true })
      } catch (error) {
        if (!dead) throw error
        return
      }
      if (++answers === fatal) {
        dead = true
        await service.kill('SIGKILL')
      }
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, lane) => writer(lane)))
}

const survive = async (environment: Record<string, string>): Promise<void> => {
  const ledger: Ledger = new Map()
  let service = await startService(environment)
  const restarts: number[] = []
  await defineDemo(service)
  for (let round = 0; round < rounds; round++) {
    await streamUntilKilled(service, round, ledger)
    const restarted = performance.now()
    service = await startService(environment)
    restarts.push(performance.now() - restarted)
  }
  // by itself is what matters here; `npm run bench:startup` says how fast on a machine that does nothing else
  expect(median(restarts), 'back without a hand').toBeLessThan(30_000)
  const acknowledged = [...ledger].filter(([, outcome]) => outcome.acknowledged)
  expect(acknowledged.length).toBeGreaterThan(rounds * 9)
  for (const [id, { token }] of acknowledged) {
    expect(await send(service, id, token), `${id} was acknowledged, so it is stored`).toEqual({ accepted: 0, duplicates: 1 })
  }
  for (const [id, { token, acknowledged: known }] of ledger) if (!known) await send(service, id, token)
  expect(await countedOutcomes(service), 'each outcome exactly once').toBe(ledger.size)
  expect(await service.kill('SIGTERM')).toBe(0)
}

describe('kill -9 in a stream of outcomes loses nothing acknowledged and doubles nothing', () => {
  const directory = mkdtempSync(join(tmpdir(), 'contender-kill-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('with the embedded store', () => survive({ DATA_DIR: directory }), 300_000)

  it('with PostgreSQL', async () => survive({ DATABASE_URL: await freshPostgres() }), 300_000)
})
