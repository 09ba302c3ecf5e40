import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../stats/index.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { type Service, startService } from '../support/service.ts'

const script = new URL('../../scripts/feed.ts', import.meta.url).pathname
const variants = ['Model-A', 'Model-B', 'Model-C']

let service: Service
let directory: string
let file: string
/** variant → sums over all of its rows */
const truth = new Map<string, { n: number; score: number }>()

const feed = (...flags: string[]) =>
  promisify(execFile)(process.execPath, [script, file, '--unit', 'question', '--variant', 'model', '--measures', 'score,chars', '--url', service.url, ...flags], {
    cwd: directory,
  })

type Report = { units: number; variants: { key: string; units: number; outcomes: number; metrics: Record<string, { estimate: number; n: number }> }[] }
const report = async (key: string): Promise<Report> => (await service.call('GET', `/api/experiments/${key}/report`)).body as Report

beforeAll(async () => {
  const temporary = await temporaryDirectory()
  directory = temporary.path
  file = join(directory, 'logged.csv')
  const { uniform } = seededRandom(7)
  const lines = ['question,model,score,chars']
  for (let question = 0; question < 600; question++) {
    for (const [index, model] of variants.entries()) {
      const score = Number((uniform() * (index + 1)).toFixed(6))
      lines.push(`q${question},${model},${score},${100 + Math.floor(uniform() * 900)}`)
      const { n, score: sum } = truth.get(model.toLowerCase()) ?? { n: 0, score: 0 }
      truth.set(model.toLowerCase(), { n: n + 1, score: sum + score })
    }
  }
  writeFileSync(file, `${lines.join('\n')}\n`)
  service = await startService({ DATA_DIR: 'memory:' })
  return async () => {
    await service.kill('SIGTERM')
    await temporary.remove()
  }
})

describe('replaying logged rows', () => {
  it('gives every variant the mean of exactly the rows that were replayed', async () => {
    const { stdout } = await feed('--experiment', 'replayed', '--salt', 'one')
    expect(stdout).toContain('600 units assigned · 600 outcomes accepted')
    const { units, variants: arms } = await report('replayed')
    expect(units).toBe(600)

    // Assignment is deterministic: asking again tells which rows were replayed.
    const rows = new Map<string, number[]>()
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','))
    for (let question = 0; question < 600; question++) {
      const { variant } = (await service.call('POST', '/assign', { experiment: 'replayed', unit: `q${question}` })).body as { variant: string }
      const row = lines.find(([unit, model]) => unit === `q${question}` && model!.toLowerCase() === variant)!
      rows.set(variant, [...(rows.get(variant) ?? []), Number(row[2])])
    }
    for (const arm of arms) {
      const scores = rows.get(arm.key)!
      expect(arm.metrics['score']!.n).toBe(scores.length)
      expect(arm.metrics['score']!.estimate).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / scores.length, 12)
    }
  })

  it('agrees with the means of the whole file over many salts', async () => {
    const sums = new Map<string, { n: number; score: number }>()
    const salts = 12
    for (let salt = 0; salt < salts; salt++) {
      await feed('--experiment', `salted-${salt}`, '--salt', `salt-${salt}`)
      for (const arm of (await report(`salted-${salt}`)).variants) {
        const { estimate, n } = arm.metrics['score']!
        const { n: units, score } = sums.get(arm.key) ?? { n: 0, score: 0 }
        sums.set(arm.key, { n: units + n, score: score + n * estimate })
      }
    }
    for (const [index, variant] of variants.entries()) {
      const { n, score } = sums.get(variant.toLowerCase())!
      const { n: rows, score: whole } = truth.get(variant.toLowerCase())!
      // Uniform on [0, k): standard deviation k/√12. Four standard errors of the pooled draws, which repeat rows.
      const standardError = (index + 1) / Math.sqrt(12) / Math.sqrt(n)
      expect(Math.abs(score / n - whole / rows)).toBeLessThan(4 * standardError)
      expect(n).toBeGreaterThan((salts * 600) / 3 - 4 * Math.sqrt((salts * 600 * 2) / 9))
    }
  })

  it('counts nothing twice when it is run again, from the beginning or from where it stopped', async () => {
    const { stdout } = await feed('--experiment', 'replayed', '--salt', 'one', '--restart')
    expect(stdout).toContain('0 outcomes accepted · 600 known already')
    const { stderr, stdout: resumed } = await feed('--experiment', 'replayed', '--salt', 'one')
    expect(stderr).toContain('resuming after 600 of 600 units')
    expect(resumed).toContain('0 units assigned')
    expect((await report('replayed')).variants.reduce((sum, arm) => sum + arm.outcomes, 0)).toBe(600)
  })

  it('says what is wrong with a file', async () => {
    writeFileSync(join(directory, 'bad.csv'), 'question,model,score\nq1,a,high\n')
    const bad = promisify(execFile)(process.execPath, [script, join(directory, 'bad.csv'), '--unit', 'question', '--variant', 'model', '--measures', 'score', '--url', service.url])
    await expect(bad).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('line 2: column "score" is not a number') })
  })
})
