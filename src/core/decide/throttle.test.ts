import { describe, expect, it } from 'vitest'
import { throttleTo } from './throttle.ts'

describe('a cap on calls', () => {
  it('cuts enrolment as soon as the busiest candidate gets too many, to a little below the cap', () => {
    expect(throttleTo({ rate: 100, throttle: 1 }, 20, false)).toBeCloseTo(0.19, 12)
    expect(throttleTo({ rate: 40, throttle: 0.19 }, 20, false)).toBeCloseTo(0.09025, 12)
    expect(throttleTo({ rate: 1e9, throttle: 1 }, 20, false)).toBe(0.001)
    expect(throttleTo({ rate: 1e9, throttle: 0.001 }, 20, true)).toBeNull()
  })

  it('leaves small changes alone, and grows when there is room for clearly more', () => {
    expect(throttleTo({ rate: 20, throttle: 1 }, 20, true)).toBeNull()
    expect(throttleTo({ rate: 17, throttle: 0.2 }, 20, true)).toBeNull()
    expect(throttleTo({ rate: 10, throttle: 0.2 }, 20, true)).toBeCloseTo(0.38, 12)
    expect(throttleTo({ rate: 10, throttle: 0.2 }, 20, false)).toBeNull()
    expect(throttleTo({ rate: 17, throttle: 0.95 }, 20, true)).toBe(1)
    expect(throttleTo({ rate: 0, throttle: 0.01 }, 20, true)).toBe(1)
  })

  it('settles under a load that does not change, from either side', () => {
    const demand = 730
    for (const start of [1, 0.001]) {
      let throttle = start
      let changes = 0
      for (let look = 0; look < 20; look++) {
        const next = throttleTo({ rate: demand * throttle, throttle }, 50, true)
        if (next !== null) [throttle, changes] = [next, changes + 1]
      }
      expect(demand * throttle).toBeCloseTo(47.5, 9)
      expect(changes).toBe(1)
    }
  })
})
