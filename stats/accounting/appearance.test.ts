import { describe, expect, it } from 'vitest'
import { inOrderOfAppearance } from './appearance.ts'

describe('inOrderOfAppearance', () => {
  it('spends no more than all of it, however many there are, and nearly all', () => {
    let spent = 0
    for (let place = 1; place <= 100_000; place++) spent += inOrderOfAppearance(place)
    expect(spent).toBeLessThan(1)
    expect(spent).toBeGreaterThan(0.9999)
    expect(inOrderOfAppearance(1)).toBeCloseTo(0.6079, 4)
    expect(inOrderOfAppearance(2) / inOrderOfAppearance(4)).toBeCloseTo(4, 12)
  })

  it.each([0, -1, 1.5, Number.NaN])('has no place %d', (place) => {
    expect(() => inOrderOfAppearance(place)).toThrow(/^place/)
  })
})
