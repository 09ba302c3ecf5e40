import { describe, expect, it } from 'vitest'
import { createLeader, type Lease, type Timer } from './leader.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** Time that moves only when told; calls what has become due, in order. */
const manualTime = () => {
  let now = 0
  let waiting: { at: number; work: () => void }[] = []
  const timer: Timer = (work, ms) => {
    const one = { at: now + ms, work }
    waiting.push(one)
    return () => {
      waiting = waiting.filter((other) => other !== one)
    }
  }
  const advance = async (ms: number): Promise<void> => {
    const end = now + ms
    for (;;) {
      const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      now = Math.max(now, next.at)
      waiting = waiting.filter((other) => other !== next)
      next.work()
      await settle()
    }
    now = end
  }
  return { timer, advance, elapsed: () => now, pending: () => waiting.length }
}

/** A lease shared by several nodes, as the database keeps it: it lives 6 s from its last renewal. */
const sharedLease = (elapsed: () => number) => {
  let fence = 0
  let holder: string | null = null
  let expires = 0
  return (name: string, reachable = () => true): Lease => ({
    acquire: async () => {
      if (!reachable()) throw new Error('unreachable')
      if (holder !== null && holder !== name && elapsed() < expires) return null
      if (holder !== name || elapsed() >= expires) fence += 1
      holder = name
      expires = elapsed() + 6_000
      return { fence }
    },
    renew: async (own) => {
      if (!reachable()) throw new Error('unreachable')
      if (holder !== name || own !== fence) return false
      expires = elapsed() + 6_000
      return true
    },
    release: async (own) => {
      if (holder === name && own === fence) holder = null
    },
  })
}

const node = (time: ReturnType<typeof manualTime>, lease: Lease) => {
  const ticks: number[] = []
  const leader = createLeader({
    lease,
    log: quiet,
    intervalMs: 10_000,
    timer: time.timer,
    elapsed: time.elapsed,
    tick: async (fence) => {
      ticks.push(fence)
    },
  })
  return { leader, ticks }
}

describe('createLeader', () => {
  it('ticks on one node only, and hands over at once when that one stops', async () => {
    const time = manualTime()
    const lease = sharedLease(time.elapsed)
    const [first, second] = [node(time, lease('first')), node(time, lease('second'))]
    first.leader.start()
    await settle()
    second.leader.start()
    await settle()
    await time.advance(20_000)
    expect([first.ticks, second.ticks]).toEqual([[1, 1, 1], []])
    await first.leader.stop()
    await time.advance(2_000)
    expect(second.ticks).toEqual([2])
    expect(second.leader.leading()).toBe(true)
    await second.leader.stop()
    expect(time.pending()).toBe(0)
  })

  it('stops by itself when it cannot renew, and another takes over within 10 s with a greater fence', async () => {
    const time = manualTime()
    const lease = sharedLease(time.elapsed)
    let cut = false
    const [first, second] = [
      node(
        time,
        lease('first', () => !cut),
      ),
      node(time, lease('second')),
    ]
    first.leader.start()
    await settle()
    second.leader.start()
    await settle()
    await time.advance(4_000)
    cut = true
    await time.advance(10_000)
    expect(first.leader.leading()).toBe(false)
    expect(second.ticks[0]).toBe(2)
    const before = first.ticks.length
    await time.advance(30_000)
    expect(first.ticks.length).toBe(before)
    cut = false
    await time.advance(4_000)
    expect(first.leader.leading()).toBe(false)
    await Promise.all([first.leader.stop(), second.leader.stop()])
  })

  it('renews beside a tick that takes long, and goes on after one that failed', async () => {
    const time = manualTime()
    const lease = sharedLease(time.elapsed)('only')
    const { promise: long, resolve: finish } = Promise.withResolvers<void>()
    let started = 0
    const leader = createLeader({
      lease,
      log: quiet,
      intervalMs: 1_000,
      timer: time.timer,
      elapsed: time.elapsed,
      tick: async () => {
        started += 1
        if (started === 1) await long
        if (started === 2) throw new Error('no')
      },
    })
    leader.start()
    await settle()
    await time.advance(60_000)
    expect([started, leader.leading()]).toEqual([1, true])
    finish()
    await settle()
    await time.advance(3_000)
    expect(started).toBeGreaterThan(2)
    await leader.stop()
  })

  it('waits for the tick under way when it stops', async () => {
    const time = manualTime()
    const { promise: long, resolve: finish } = Promise.withResolvers<void>()
    let aborted = false
    const leader = createLeader({
      lease: sharedLease(time.elapsed)('only'),
      log: quiet,
      intervalMs: 1_000,
      timer: time.timer,
      elapsed: time.elapsed,
      tick: async (_, signal) => {
        await long
        aborted = signal.aborted
      },
    })
    leader.start()
    await settle()
    const stopped = leader.stop()
    finish()
    await stopped
    expect([aborted, leader.leading()]).toEqual([true, false])
  })
})
