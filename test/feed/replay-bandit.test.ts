import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seededRandom } from '../../stats/index.ts'
import { replayBandit } from '../../scripts/feed/replay-bandit.ts'
import { readRows } from '../../scripts/feed/rows.ts'
import { temporaryDirectory } from '../support/directory.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let file: string
beforeAll(async () => {
  directory = await temporaryDirectory()
  file = join(directory.path, 'judged.csv')
  const { uniform } = seededRandom(3)
  const lines = ['prompt,model,preference']
  for (let prompt = 0; prompt < 150; prompt++) {
    for (const [model, rate] of [['Good', 0.7], ['Fair', 0.5], ['Poor', 0.3]] as const) lines.push(`${prompt},${model},${uniform() < rate ? 0.9 : 0.1}`)
  }
  writeFileSync(file, `${lines.join('\n')}\n`)
})
afterAll(() => directory.remove())

it('sends most of a file’s visits to its best model, loses less than an even split, and tells the means of the file', async () => {
  const logged = await readRows(file, { unit: 'prompt', variant: 'model', measures: ['preference'] })
  const told: number[] = []
  const { best, uniformRegret, salts } = await replayBandit(logged, {
    measure: 'preference', salts: 3, visits: 10, batch: 150, algorithm: 'thompson', onProgress: (done) => void told.push(done),
  })
  expect(best).toBe('good')
  expect(told.at(-1)).toBe(3 * 1_500)
  for (const { bestShare, regret, arms } of salts) {
    expect(bestShare).toBeGreaterThan(0.5)
    expect(regret).toBeLessThan(uniformRegret * 0.7)
    expect(arms.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
    const good = arms.find(({ key }) => key === 'good')
    const preferences = [...logged.units.values()].map((rows) => rows.get('Good')?.['preference'] ?? Number.NaN)
    expect(good?.truth).toBeCloseTo(preferences.reduce((sum, one) => sum + one, 0) / 150, 12)
    expect(Math.abs((good?.estimate ?? 0) - (good?.truth ?? 1))).toBeLessThan(0.06)
  }
  const ranges = salts.flatMap(({ arms }) => arms)
  expect(ranges.filter(({ covers }) => covers).length).toBeGreaterThanOrEqual(ranges.length - 1)
  expect(new Set(salts.map(({ bestShare }) => bestShare)).size).toBe(3)
})
