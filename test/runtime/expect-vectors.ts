import { expect } from 'vitest'
import type { Checked } from './checked.ts'

/** No case fails, and none went missing: the counts are those of the frozen files. */
export const expectAllPass = (checked: Record<string, Checked>): void => {
  for (const [name, { failures }] of Object.entries(checked)) expect(failures, name).toEqual([])
  const counts = Object.fromEntries(Object.entries(checked).map(([name, { cases }]) => [name, cases]))
  expect(counts).toEqual({
    hashes: 208, continued: 208, finalised: 12, enrolments: 60, draws: 161, reversed: 161, decisions: 186,
    features: 60, chances: 36, integrals: 36, contextual: 360,
  })
}
