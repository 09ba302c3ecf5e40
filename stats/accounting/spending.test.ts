import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { BROKEN_WINDOWS, WINDOWS, dayPart, windowLevel } from './spending.ts'

describe('dayPart', () => {
  it.each([1, 2, 15, 90])('of %i planned days gives each the same, and never more than one in all', (planned) => {
    const parts = Array.from({ length: 100_000 }, (_, day) => dayPart(day, planned))
    expect(new Set(parts.slice(0, planned)).size).toBe(1)
    const sum = parts.reduce((all, part) => all + part, 0)
    expect(sum).toBeLessThan(1)
    expect(sum).toBeCloseTo(1, 5)
    expect(parts.slice(planned, planned + 3)).toEqual([0.1 / 2, 0.1 / 6, 0.1 / 12])
  })

  it('names what is no count', () => {
    expect(() => dayPart(-1, 2)).toThrow(/^day/)
    expect(() => dayPart(0, 0)).toThrow(/^planned/)
  })
})

describe('windowLevel', () => {
  it('adds up to the whole level over all triples, however many windows there are', () => {
    const alpha = 0.001
    const levels = Array.from({ length: 3_000 }, (_, index) => windowLevel(alpha, index + 1))
    let sum = 0
    for (let first = 0; first + WINDOWS <= levels.length; first++) {
      for (let second = first + 1; second < first + WINDOWS - 1; second++) {
        for (let third = second + 1; third < first + WINDOWS; third++) sum += levels[first]! * levels[second]! * levels[third]!
      }
    }
    expect(sum).toBeLessThan(alpha)
    expect(sum).toBeGreaterThan(0.2 * alpha)
    expect(levels.every((level, index) => index === 0 || level < levels[index - 1]!)).toBe(true)
  })

  // windows that reject at exactly their levels: 4,000 runs of at most .02
  it('lets three of five windows reject no more often than promised', () => {
    const [random, runs, alpha] = [seededRandom(3), 4_000, 0.02]
    let alarms = 0
    for (let run = 0; run < runs; run++) {
      const rejected: boolean[] = []
      for (let window = 1; window <= 200; window++) {
        rejected.push(random.uniform() < windowLevel(alpha, window))
        if (rejected.slice(-WINDOWS).filter(Boolean).length < BROKEN_WINDOWS) continue
        alarms += 1
        break
      }
    }
    expect(alarms / runs).toBeLessThan(alpha)
    expect(alarms).toBeGreaterThan(0)
  })

  it('names what is out of its domain', () => {
    expect(() => windowLevel(0, 1)).toThrow(/^alpha/)
    expect(() => windowLevel(0.1, 0)).toThrow(/^window/)
  })
})
