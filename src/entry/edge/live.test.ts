import { describe, expect, it } from 'vitest'
import type { Snapshot } from '../../assign/snapshot.ts'
import { type RequestContext, runWithin } from './context.ts'
import { createEdgeLive, freshMs, staleMs } from './live.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const snapshotOf = (version: number): Snapshot => ({ format: 1, version, models: [], experiments: [], dormant: [] })

/** A database whose every answer is given by hand, a clock that stands until it is moved, and requests. */
const surroundings = () => {
  let [version, clock, asked] = [1, 1_000_000, 0]
  let gate: Promise<unknown> = Promise.resolve()
  const answer = async <T>(value: () => T): Promise<T> => {
    asked++
    await gate
    return value()
  }
  const source = {
    version: () => answer(() => version),
    load: () => answer(() => ({ snapshot: snapshotOf(version), measures: [] })),
  }
  const live = createEdgeLive({ source, compileRule: () => () => true, log: silent, now: () => clock })

  /** One request: what `freshen` left to do behind its answer. */
  const request = async (): Promise<Promise<unknown>[]> => {
    const left: Promise<unknown>[] = []
    const context: RequestContext = {
      pool: () => {
        throw new Error('unused')
      },
      redis: () => null,
      behind: (work) => void left.push(work().catch(() => {})),
      end: async () => {},
    }
    await runWithin(context, () => live.freshen())
    return left
  }
  return {
    live,
    request,
    publish: (next: number) => void (version = next),
    pass: (ms: number) => void (clock += ms),
    asked: () => asked,
    hold: () => {
      const held = Promise.withResolvers<void>()
      gate = held.promise
      return held
    },
  }
}

describe('the snapshot of an isolate', () => {
  it('is loaded by the first request, which waits for it', async () => {
    const { live, request } = surroundings()
    await request()
    expect(live.current()?.version).toBe(1)
  })

  it('asks nobody while it is younger than 4 s', async () => {
    const { request, pass, asked } = surroundings()
    await request()
    const before = asked()
    pass(freshMs - 1)
    expect(await request()).toEqual([])
    expect(asked()).toBe(before)
  })

  it('is served while one request looks for a newer one behind its answer', async () => {
    const { live, request, publish, pass, hold } = surroundings()
    await request()
    pass(freshMs)
    publish(2)
    const held = hold()
    const behind = await request()
    expect(behind).toHaveLength(1)
    expect(live.current()?.version).toBe(1)
    expect(await request(), 'others do not look as well').toEqual([])
    held.resolve()
    await Promise.all(behind)
    expect(live.current()?.version).toBe(2)
    expect(live.ageMs()).toBe(0)
  })

  it('is looked for by another request when the one that did is gone', async () => {
    const { live, request, publish, pass, hold } = surroundings()
    await request()
    pass(freshMs)
    hold()
    await request()
    const held = hold()
    held.resolve()
    publish(3)
    pass(1_000)
    await Promise.all(await request())
    expect(live.current()?.version).toBe(3)
  })

  it('is waited for when it is older than 60 s, and kept when nobody answers', async () => {
    const { live, request, publish, pass, hold } = surroundings()
    await request()
    pass(staleMs)
    publish(2)
    await request()
    expect(live.current()?.version).toBe(2)
    expect(live.ageMs()).toBe(0)

    pass(staleMs)
    const held = hold()
    const behind = await request()
    expect(live.current()?.version).toBe(2)
    expect(live.ageMs(), 'answers say that the database was away').toBe(staleMs)
    held.resolve()
    await Promise.all(behind)
    expect(live.ageMs()).toBe(0)
  })

  it('waits for no other request: each that needs it looks for itself', async () => {
    const { live, request, hold } = surroundings()
    const held = hold()
    const first = request()
    hold().resolve()
    await request()
    expect(live.current()?.version).toBe(1)
    held.resolve()
    await first
  })
})
