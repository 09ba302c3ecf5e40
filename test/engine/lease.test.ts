import { randomUUID } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import { createLeader, type Timer } from '../../src/engine/leader.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

describeStores('the lease', (store) => {
  const node = () => createLease(store.database.engine, randomUUID())
  /** As if whoever holds it had been silent for the lease's whole life. */
  const expire = () => store.database.engine.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  beforeEach(async () => void (await expire()))

  it('goes to one of many who ask at once', async () => {
    const won = await Promise.all(Array.from({ length: 8 }, () => node().acquire()))
    expect(won.filter((one) => one !== null)).toHaveLength(1)
  })

  it('passes on with a greater fence when its holder was silent; then the former holder can do nothing with it', async () => {
    const [former, next, third] = [node(), node(), node()]
    const first = (await former.acquire())?.fence ?? 0
    expect(await next.acquire()).toBeNull()
    expect(await former.renew(first)).toBe(true)
    await expire()
    const second = (await next.acquire())?.fence ?? 0
    expect(second).toBeGreaterThan(first)
    expect(await former.renew(first)).toBe(false)
    await former.release(first)
    expect(await third.acquire()).toBeNull()
    await next.release(second)
    expect((await third.acquire())?.fence).toBeGreaterThan(second)
  })

  it('moves a running engine: the one that is told to stop, or was silent, ticks no more', async () => {
    const waiting = new Map<string, () => void>()
    const ticks: string[] = []
    const begun = new Map<string, () => void>()
    const engine = (name: string) => {
      const timer: Timer = (work, ms) => {
        waiting.set(`${name}:${ms}`, work)
        return () => void waiting.delete(`${name}:${ms}`)
      }
      return createLeader({
        lease: node(),
        log: quiet,
        timer,
        intervalMs: 10_000,
        heartbeatMs: 1_000,
        tick: async (fence) => {
          ticks.push(`${name} ${fence}`)
          begun.get(name)?.()
        },
      })
    }
    const nextTick = (name: string) => new Promise<void>((resolve) => begun.set(name, resolve))
    const [first, second] = [engine('first'), engine('second')]

    const leads = nextTick('first')
    first.start()
    await leads
    await expire()
    const takes = nextTick('second')
    second.start()
    await takes
    waiting.get('first:1000')?.()
    await first.stop()
    expect([first.leading(), second.leading(), waiting.has('first:10000')]).toEqual([false, true, false])
    await second.stop()
    expect(ticks).toHaveLength(2)
    const [before, after] = ticks.map((tick) => Number(tick.split(' ')[1]))
    expect(after).toBe((before ?? 0) + 1)
    expect((await node().acquire())?.fence).toBe((after ?? 0) + 1)
  })
})
