import { describe, expect, it } from 'vitest'
import type { Lease } from '../../engine/leader.ts'
import { tickOnce } from './tick.ts'

/** A lease in memory. `holder` is the fence of whoever has it, 0 while it is free. */
const leaseOf = (holder = 0) => {
  const state = { holder, fence: holder }
  const lease: Lease = {
    acquire: async () => (state.holder === 0 ? { fence: (state.holder = ++state.fence) } : null),
    renew: async (fence) => state.holder === fence,
    release: async (fence) => {
      if (state.holder === fence) state.holder = 0
    },
  }
  return { lease, state }
}

describe('the tick of a cron trigger', () => {
  it('leads while it lasts, and gives the lease back, failed or not', async () => {
    const { lease, state } = leaseOf()
    expect(await tickOnce(lease, async (fence) => [fence, state.holder])).toEqual([1, 1])
    expect(state.holder).toBe(0)
    const failing = tickOnce(lease, async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(state.holder).toBe(0)
  })

  it('leaves everything to an engine that leads already', async () => {
    const { lease, state } = leaseOf(7)
    let ticked = false
    expect(await tickOnce(lease, async () => void (ticked = true))).toBeNull()
    expect(ticked).toBe(false)
    expect(state.holder).toBe(7)
  })

  it('stops when another engine takes over meanwhile, and leaves it the lease', async () => {
    const { lease, state } = leaseOf()
    const stopped = await tickOnce(
      lease,
      (_fence, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve('stopped'))
          state.holder = 9
        }),
      5,
    )
    expect(stopped).toBe('stopped')
    expect(state.holder).toBe(9)
  })
})
