import { expect, it } from 'vitest'
import { items } from '../../scripts/acceptance/items/index.ts'

/** How much of the full number of runs: few, so that only what is plainly off fails. All of them: npm run acceptance. */
const part = 0.005

it.each(items.map((item) => [item.key, item.title, item] as const))('%s: %s', { timeout: 600_000 }, async (_key, _title, { measure }) => {
  const measured = await measure({ part, seed: 20_261_121, progress: () => {} })
  expect(measured.length).toBeGreaterThan(0)
  for (const { what, measured: found, aim, kept } of measured) expect(kept, `${what}: ${found}, and should be ${aim}`).toBe(true)
})
