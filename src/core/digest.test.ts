import { expect, it } from 'vitest'
import { digestNumbers } from './digest.ts'

it('changes with any bit of any number, with their order and their count', () => {
  const numbers = Array.from({ length: 200 }, (_, index) => index / 7)
  const seen = new Set([digestNumbers(numbers), digestNumbers([...numbers, 0]), digestNumbers(numbers.toReversed())])
  for (const index of numbers.keys()) {
    seen.add(digestNumbers(numbers.with(index, numbers[index]! + Number.EPSILON * Math.max(1, numbers[index]!))))
    seen.add(digestNumbers(numbers.with(index, -1 - numbers[index]!)))
  }
  expect(seen.size).toBe(3 + 400)
  expect(digestNumbers(numbers)).toBe(digestNumbers([...numbers]))
  expect(digestNumbers([])).toMatch(/^[0-9a-f]{16}$/)
})
