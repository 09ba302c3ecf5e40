import { expect, it } from 'vitest'
import { createSlots } from './slots.ts'

it('gives out so many slots and no more, and those that come back again', async () => {
  const slots = createSlots(2)
  const [first, second] = [await slots.take(0), await slots.take(0)]
  expect([first, second]).not.toContain(null)
  expect(await slots.take(0)).toBeNull()
  const waiting = slots.take(5_000)
  first?.()
  expect(await waiting).not.toBeNull()
  expect(await slots.take(0)).toBeNull()
})

it('does not wait for ever for what a dead request held', async () => {
  let clock = 0
  const slots = createSlots(1, () => clock)
  await slots.take(0)
  clock = 34_999
  expect(await slots.take(0)).toBeNull()
  clock = 35_000
  expect(await slots.take(0)).not.toBeNull()
})
