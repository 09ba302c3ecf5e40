import { describe, expect, it } from 'vitest'
import { countersContract } from './contract.ts'
import { createMemoryCounters } from './memory.ts'

describe('counters in the process', () => {
  countersContract(async () => createMemoryCounters())

  it('forget a first touch after its time to live', async () => {
    let now = 0
    const counters = createMemoryCounters(() => now)
    const unit = 'f'.repeat(32)
    await counters.firstTouch(1, unit, 1, 60)
    now = 61_000
    expect(await counters.firstTouch(1, unit, 0, 60)).toBe(0)
  })
})
