import { expect, it } from 'vitest'
import type { Keys } from '../deps.ts'
import type { KeptFiles } from './kept-files.ts'
import { keepKeys } from './kept-keys.ts'

const hash = new Uint8Array(32)
const key = { id: 'k1', scopes: ['assign' as const] }

/** Keys whose next answers are given by hand. */
const keysOf = () => {
  let answer: () => ReturnType<Keys['find']> = async () => key
  const keys = { find: () => answer() } as unknown as Keys
  return { keys, become: (next: typeof answer) => void (answer = next) }
}

it('knows a key that worked while the database is away or hangs, for an hour', async () => {
  let clock = 0
  const { keys, become } = keysOf()
  const kept = keepKeys(keys, () => clock, 5)
  expect(await kept.find(hash)).toEqual(key)
  become(async () => {
    throw new Error('away')
  })
  expect(await kept.find(hash)).toEqual(key)
  become(() => new Promise(() => {}))
  expect(await kept.find(hash)).toEqual(key)
  become(async () => {
    throw new Error('away')
  })
  clock = 3_600_001
  await expect(kept.find(hash)).rejects.toThrow('away')
})

it('knows no key that never worked, and none that was revoked', async () => {
  const { keys, become } = keysOf()
  const kept = keepKeys(keys, () => 0, 5)
  become(async () => {
    throw new Error('away')
  })
  await expect(kept.find(hash)).rejects.toThrow('away')
  become(async () => key)
  await kept.find(hash)
  become(async () => null)
  expect(await kept.find(hash)).toBeNull()
  become(async () => {
    throw new Error('away')
  })
  await expect(kept.find(hash)).rejects.toThrow('away')
})

it('knows after a start without the database what worked before, as long as before, and nothing that was revoked', async () => {
  let [clock, text] = [0, 'null']
  const files: KeptFiles = { write: (_, value) => void (text = JSON.stringify(value)), read: () => JSON.parse(text) }
  const { keys, become } = keysOf()
  const started = () => keepKeys(keys, () => clock, 5, files)
  const before = started()
  await before.find(hash)
  become(async () => {
    throw new Error('away')
  })
  expect(await started().find(hash)).toEqual(key)
  clock = 3_600_001
  await expect(started().find(hash)).rejects.toThrow('away')
  clock = 0
  become(async () => null)
  await before.find(hash)
  become(async () => {
    throw new Error('away')
  })
  await expect(started().find(hash)).rejects.toThrow('away')
})
