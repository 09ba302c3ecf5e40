import { expect, it } from 'vitest'
import { hexOf, newDigest, readNumber } from './digest.ts'

const digestOf = (numbers: readonly number[]): string => {
  const digest = newDigest()
  for (const number of numbers) readNumber(digest, number)
  return hexOf(digest)
}

it('changes with any bit of any number, with their order and their count', () => {
  const numbers = Array.from({ length: 200 }, (_, index) => index / 7)
  const seen = new Set([digestOf(numbers), digestOf([...numbers, 0]), digestOf(numbers.toReversed())])
  for (const index of numbers.keys()) {
    seen.add(digestOf(numbers.with(index, numbers[index]! + Number.EPSILON * Math.max(1, numbers[index]!))))
    seen.add(digestOf(numbers.with(index, -1 - numbers[index]!)))
  }
  expect(seen.size).toBe(3 + 400)
  expect(digestOf(numbers)).toBe(digestOf([...numbers]))
  expect(digestOf([])).toMatch(/^[0-9a-f]{16}$/)
})

it('tells small counts apart, which have few bits that differ', () => {
  const seen = new Set<string>()
  for (let one = 0; one < 100; one++) for (let two = 0; two < 100; two++) seen.add(digestOf([one, two, one + two]))
  for (let count = 0; count < 100; count++) seen.add(digestOf(Array.from({ length: count }, () => 0)))
  expect(seen.size).toBe(10_000 + 99)
})
