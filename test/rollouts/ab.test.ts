import { afterAll, beforeAll, expect, it } from 'vitest'
import { names, sharesOf, type Staged, startStaged } from '../support/staged.ts'

let app: Staged
beforeAll(async () => {
  app = await startStaged()
})
afterAll(() => app.close())

it('A/B/n: every version gets its share, units keep theirs, and each is compared with the control', async () => {
  const variants = [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }, { key: 'third', version: '3' }]
  await app.begin('abn', [{ allocation: 'fixed', weights: { old: 0.5, new: 0.3, third: 0.2 } }], { variants })
  const served = await app.serve('abn', names(2_000))
  const shares = sharesOf(served)
  for (const [version, share] of [['1', 0.5], ['2', 0.3], ['3', 0.2]] as const) expect(Math.abs((shares[version] ?? 0) - share)).toBeLessThan(0.06)
  expect((await app.serve('abn', names(200))).map(({ variant }) => variant)).toEqual(served.slice(0, 200).map(({ variant }) => variant))
  const { comparisons, sampleRatio, units } = await app.must('GET', '/api/experiments/abn/report')
  expect((comparisons as { variant: string; control: string }[]).map(({ variant, control }) => `${variant} ${control}`)).toEqual(['new old', 'third old'])
  expect([units, sampleRatio]).toMatchObject([2_000, { verdict: 'PASS' }])
})
