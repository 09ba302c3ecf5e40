import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApi } from '../../src/client/api.ts'
import { compareLogs } from '../../scripts/logged/evaluate.ts'
import { type Logged, readLog } from '../../scripts/logged/log.ts'
import { startApp, type TestApp } from '../http/support.ts'
import expected from './logs/expected.json' with { type: 'json' }

const columns = { action: 'item_id', context: 'position', reward: 'click', propensity: 'propensity' }
const read = async (directory: string): Promise<[random: Logged[], bts: Logged[]]> => [
  await readLog(join(directory, 'random.csv'), columns),
  await readLog(join(directory, 'bts.csv'), columns),
]
const fixture = join(import.meta.dirname, 'logs')

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

describe('valuing the policy of one log by another', () => {
  it('gives what another program gives, and ranges that hold the truth', async () => {
    const [random, bts] = await read(fixture)
    const pairs = [[expected.random, random, bts], [expected.bts, bts, random]] as const
    for (const [known, log, other] of pairs) {
      const { answer, truth, holds } = await compareLogs(createApi(app.url), log, other)
      for (const name of ['ipw', 'selfNormalised', 'doublyRobust'] as const) {
        expect(answer.estimates[name]?.estimate, name).toBeCloseTo(known[name][0] ?? Number.NaN, 10)
        expect(answer.estimates[name]?.se, name).toBeCloseTo(known[name][1] ?? Number.NaN, 10)
      }
      expect(answer.weights.effectiveRows).toBeCloseTo(known.effectiveRows, 8)
      expect(truth).toBeCloseTo(known.truth, 12)
      expect(holds).toEqual({ ipw: true, selfNormalised: true, doublyRobust: true })
    }
  })

  it('is a command, which says what is wrong with a file', async () => {
    const run = (...flags: string[]) =>
      promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../scripts/evaluate-logged.ts'), fixture, '--url', app.url, ...flags])
    const { stdout } = await run()
    expect(stdout).toContain('bts, valued by the 400 rows of random alone')
    expect(stdout).toContain(expected.random.ipw[0]?.toPrecision(4))
    await expect(run('--reward', 'clicks')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('no column "clicks"') })
  })
})

/** Logs of the Open Bandit Dataset, `open-bandit-women/{random,bts}.csv`, where somebody has them. */
const data = process.env['CONTENDER_DATA']
if (data !== undefined) {
  describe('the Open Bandit Dataset', () => {
    it('values the bandit by the clicks of the random policy', async () => {
      const [random, bts] = await read(join(data, 'open-bandit-women'))
      const { answer, truth, holds } = await compareLogs(createApi(app.url), random, bts)
      expect(answer.rows).toBe(10_000)
      expect(answer.weights.mean).toBeCloseTo(1, 1)
      expect(answer.warnings.filter((warning) => !warning.startsWith('the model'))).toEqual([])
      expect(truth).toBeGreaterThan(0)
      expect(holds).toEqual({ ipw: true, selfNormalised: true, doublyRobust: true })
    })
  })
}
