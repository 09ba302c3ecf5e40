import { expect, it } from 'vitest'
import { thinned } from './thin.ts'

it('leaves short series whole', () => expect(thinned(3)).toEqual([0, 1, 2]))

it('keeps first, last and wanted points of long ones, in order, and no more than can be drawn', () => {
  const kept = thinned(2_016, [777, 1_001])
  expect(kept.length).toBeLessThanOrEqual(400)
  expect(kept.length).toBeGreaterThan(390)
  expect(kept).toEqual(kept.toSorted((a, b) => a - b))
  expect(kept).toEqual(expect.arrayContaining([0, 777, 1_001, 2_015]))
})
