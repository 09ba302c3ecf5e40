import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Counters, slotMs, slotsPerWindow } from './port.ts'

const unit = (index: number): string => index.toString(16).padStart(32, '0')

/** What every implementation of the port must do. Each test uses experiments and units of its own. */
export const countersContract = (create: () => Promise<Counters>): void => {
  let counters: Counters
  beforeAll(async () => {
    counters = await create()
    await vi.waitFor(async () => expect(await counters.firstTouch(999, unit(999), 0, 60)).toBe(0), 60_000)
    await vi.waitFor(async () => expect(await counters.servedCounts(999)).toEqual([]), 60_000)
  })
  afterAll(() => counters.close())

  it('sums served assignments by variant', async () => {
    for (let index = 0; index < 30; index++) counters.served(1, index % 3)
    counters.served(1, 0)
    await expect.poll(() => counters.servedCounts(1)).toEqual([11, 10, 10])
    expect(await counters.servedCounts(2)).toEqual([])
  })

  it('keeps the first touch of a unit, per experiment', async () => {
    expect(await counters.firstTouch(3, unit(1), 2, 60)).toBe(2)
    expect(await counters.firstTouch(3, unit(1), 0, 60)).toBe(2)
    expect(await counters.firstTouch(4, unit(1), 0, 60)).toBe(0)
    expect(await counters.firstTouch(3, unit(2), 1, 60)).toBe(1)
  })

  it('gives one answer to many first touches at once', async () => {
    const touches = Array.from({ length: 20 }, (_, index) => counters.firstTouch(5, unit(3), index % 4, 60))
    const answers = await Promise.all(touches)
    expect(new Set(answers).size).toBe(1)
  })

  it('moves a unit on only from the variant it has', async () => {
    await counters.firstTouch(6, unit(4), 1, 60)
    expect(await counters.reassign(6, unit(4), 1, 2, 60)).toBe(2)
    expect(await counters.reassign(6, unit(4), 1, 3, 60)).toBe(2)
    expect(await counters.firstTouch(6, unit(4), 0, 60)).toBe(2)
  })

  it('counts calls and errors of the last minute only', async () => {
    const now = 1_800_000_000_000
    counters.observe(7, 0, 5, 1, now)
    counters.observe(7, 0, 5, 0, now - 30_000)
    counters.observe(7, 1, 4, 4, now)
    counters.observe(7, 1, 100, 100, now - slotMs * slotsPerWindow)
    counters.observe(7, 1, 100, 100, now + slotMs)
    const sums = async () => {
      const slots = await counters.recent(7, 3, now)
      return [0, 1, 2].map((arm) => ({
        calls: slots?.reduce((sum, { arms }) => sum + (arms[arm]?.calls ?? 0), 0),
        errors: slots?.reduce((sum, { arms }) => sum + (arms[arm]?.errors ?? 0), 0),
      }))
    }
    await expect.poll(sums).toEqual([{ calls: 10, errors: 1 }, { calls: 4, errors: 4 }, { calls: 0, errors: 0 }])
  })

  it('tells in which five seconds calls were made, the oldest first, whoever made none', async () => {
    const now = 1_800_000_004_000
    counters.observe(9, 1, 3, 2, now)
    counters.observe(9, 1, 2, 1, now - 10_000)
    await expect.poll(() => counters.recent(9, 2, now)).toEqual(
      Array.from({ length: slotsPerWindow }, (_, index) => ({
        start: 1_800_000_000_000 - (slotsPerWindow - 1 - index) * slotMs,
        arms: [{ calls: 0, errors: 0 }, { 9: { calls: 2, errors: 1 }, 11: { calls: 3, errors: 2 } }[index] ?? { calls: 0, errors: 0 }],
      })),
    )
    expect(await counters.recent(10, 1, now)).toHaveLength(slotsPerWindow)
  })

  it('allows a burst, then the rate', async () => {
    const now = 1_800_000_000_000
    const burst = []
    for (let call = 0; call < 4; call++) burst.push((await counters.allow('k', 2, 3, now)).allowed)
    expect(burst).toEqual([true, true, true, false])
    expect(await counters.allow('k', 2, 3, now)).toEqual({ allowed: false, retryAfterSeconds: 1 })
    expect(await counters.allow('k', 2, 3, now + 500)).toEqual({ allowed: true })
    expect(await counters.allow('other', 2, 3, now)).toEqual({ allowed: true })
  })

  it('publishes versions to listeners until they leave', async () => {
    const heard: number[] = []
    const leave = counters.subscribe((version) => heard.push(version))
    await expect.poll(async () => {
      await counters.publish(41)
      return heard.includes(41)
    }).toBe(true)
    leave()
    const count = heard.length
    await counters.publish(42)
    expect(heard.length).toBe(count)
  })
  it('forgets a first touch when its time is over, however often it was asked for', async () => {
    expect(await counters.firstTouch(8, unit(5), 1, 1)).toBe(1)
    await expect.poll(() => counters.firstTouch(8, unit(5), 2, 60)).toBe(2)
  })

  it('tells a listener that throws no less than the others', async () => {
    const heard: number[] = []
    const leaves = [
      counters.subscribe(() => {
        throw new Error('a broken listener')
      }),
      counters.subscribe((version) => heard.push(version)),
    ]
    await expect.poll(async () => {
      await counters.publish(51)
      return heard.includes(51)
    }).toBe(true)
    for (const leave of leaves) leave()
  })

  it('knows the health of what it did, and that nothing was lost', () => {
    expect(counters.health()).toBe('ok')
    expect(counters.dropped()).toBe(0)
  })
}
