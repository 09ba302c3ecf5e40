import { describe, expect, it } from 'vitest'
import type { Snapshot } from '../assign/snapshot.ts'
import { createLive } from './live.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const snapshotOf = (version: number): Snapshot => ({ format: 1, version, models: [], experiments: [], dormant: [] })

/** A database that publishes what it is told, and counts how often it was read whole. */
const publisher = (first: number) => {
  let version = first
  let loads = 0
  let broken = false
  const answer = async <T>(value: () => T): Promise<T> => {
    if (broken) throw new Error('away')
    return value()
  }
  return {
    publish: (next: number) => void (version = next),
    fail: (state: boolean) => void (broken = state),
    loads: () => loads,
    source: {
      version: () => answer(() => version),
      load: () => answer(() => (loads++, { snapshot: snapshotOf(version), measures: ['win'] })),
    },
  }
}

const liveOf = (from: ReturnType<typeof publisher>, now = () => 0) =>
  createLive({ source: from.source, compileRule: () => () => true, log: silent, now })

describe('the live snapshot', () => {
  it('serves nothing before the first load, then what was published', async () => {
    const database = publisher(3)
    const live = liveOf(database)
    expect(live.current()).toBeNull()
    expect(live.ageMs()).toBe(Infinity)
    await live.refresh()
    expect(live.current()?.version).toBe(3)
    expect(live.measures().has('win')).toBe(true)
  })

  it('accepts a greater version only', async () => {
    const database = publisher(3)
    const live = liveOf(database)
    await live.refresh()
    expect(live.offer(snapshotOf(2), [])).toBe(false)
    expect(live.offer(snapshotOf(3), [])).toBe(false)
    database.publish(2)
    await live.refresh()
    expect(live.current()?.version).toBe(3)
    expect(live.offer(snapshotOf(4), [])).toBe(true)
  })

  it('reads the whole snapshot only when the version rose, and tells who listens', async () => {
    const database = publisher(1)
    const live = liveOf(database)
    const seen: number[] = []
    const end = live.subscribe((version) => seen.push(version))
    await live.refresh()
    await live.refresh()
    database.publish(5)
    await live.refresh()
    end()
    database.publish(6)
    await live.refresh()
    expect(database.loads()).toBe(3)
    expect(seen).toEqual([1, 5])
  })

  it('keeps what it has while the database is away, and grows older', async () => {
    let clock = 1_000
    const database = publisher(1)
    const live = liveOf(database, () => clock)
    await live.refresh()
    database.fail(true)
    clock = 9_000
    await expect(live.refresh()).rejects.toThrow('away')
    expect(live.current()?.version).toBe(1)
    expect(live.ageMs()).toBe(8_000)
    database.fail(false)
    await live.refresh()
    expect(live.ageMs()).toBe(0)
  })

  it('sees what was published before refresh was called, even while an earlier look is under way', async () => {
    const database = publisher(1)
    const live = liveOf(database)
    const first = live.refresh()
    database.publish(2)
    await live.refresh()
    await first
    expect(live.current()?.version).toBe(2)
  })

  it('looks again when it is told of a version that an earlier look has missed, and not for one it has', async () => {
    const database = publisher(1)
    const live = liveOf(database)
    const early = live.refresh()
    database.publish(2)
    live.told(2)
    await early
    await expect.poll(() => live.current()?.version).toBe(2)
    const loads = database.loads()
    live.told(2)
    live.told(1)
    await live.refresh()
    expect(database.loads()).toBe(loads)
  })

  it('refuses a snapshot of another format and keeps its own', async () => {
    const live = liveOf(publisher(1))
    await live.refresh()
    expect(() => live.offer({ ...snapshotOf(9), format: 2 } as unknown as Snapshot, [])).toThrow(RangeError)
    expect(live.current()?.version).toBe(1)
  })
})
