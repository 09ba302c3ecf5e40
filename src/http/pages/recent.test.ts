import { expect, it } from 'vitest'
import { createRecent } from './recent.ts'

it('is made once for all who ask for the same at once, and anew when it is old, when something happened, and after a failure', async () => {
  const clock = { now: 0 }
  let made = 0
  const recent = createRecent<number>(() => clock.now)
  const ask = (name = 'a', mark = '1') => recent.get(name, mark, async () => ++made)
  expect(await Promise.all([ask(), ask(), ask('b')])).toEqual([1, 1, 2])
  expect(await ask('a', '2')).toBe(3)
  clock.now = 1_999
  expect(await ask('a', '2')).toBe(3)
  clock.now = 2_000
  expect(await ask('a', '2')).toBe(4)
  await expect(recent.get('c', '1', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await ask('c')).toBe(5)
})
