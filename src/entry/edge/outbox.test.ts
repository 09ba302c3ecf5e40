import { expect, it } from 'vitest'
import type { Exposure } from '../../deps.ts'
import { createOutbox } from './outbox.ts'

const unit = 'f'.repeat(32)
const exposure = (epoch: number): Exposure => ({ scope: 1, unit, epoch, variant: 0, propensity: 0.5, time: 0 })
const epochs = (exposures: readonly Exposure[]): number[] => exposures.map(({ epoch }) => epoch)

it('writes everything that waits in one go, and nothing twice', async () => {
  const outbox = createOutbox()
  const written: number[][] = []
  const write = async (exposures: readonly Exposure[]) => void written.push(epochs(exposures))
  outbox.put(exposure(1))
  outbox.put(exposure(2))
  await Promise.all([outbox.flush(write), outbox.flush(write)])
  await outbox.flush(write)
  expect(written).toEqual([[1, 2]])
})

it('keeps what could not be written for the next request, the newest of it', async () => {
  const outbox = createOutbox(3)
  for (const epoch of [1, 2, 3]) outbox.put(exposure(epoch))
  const failing = outbox.flush(async () => {
    outbox.put(exposure(4))
    throw new Error('away')
  })
  await expect(failing).rejects.toThrow('away')
  expect(outbox.waiting()).toBe(3)
  expect(outbox.dropped()).toBe(1)
  const written: number[] = []
  await outbox.flush(async (exposures) => void written.push(...epochs(exposures)))
  expect(written).toEqual([2, 3, 4])
})
