import { describe, expect, it } from 'vitest'
import type { Latest } from '../deps.ts'
import { createNews } from './news.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const standing = (analysis: number): Latest => ({ state: 'running', epoch: 1, analysis, decision: null })

/** News whose clock never strikes: every look follows a published version. */
const started = () => {
  const state = { latest: standing(1), asked: [] as string[] }
  const listeners = new Set<(version: number) => void>()
  const news = createNews({
    latest: async (key) => {
      state.asked.push(key)
      return state.latest
    },
    live: { subscribe: (listener) => (listeners.add(listener), () => void listeners.delete(listener)) },
    log: quiet,
    everyMs: 2 ** 30,
  })
  const publish = async (): Promise<void> => {
    for (const listener of listeners) listener(1)
    await new Promise(setImmediate)
  }
  return { state, news, publish, listeners }
}

describe('news', () => {
  it('tells each change once, and nothing to those who know it', async () => {
    const { state, news, publish } = started()
    const told: [string, number | null][] = []
    news.subscribe('one', standing(1), ({ analysis }) => told.push(['old', analysis]))
    news.subscribe('one', standing(2), ({ analysis }) => told.push(['new', analysis]))
    await publish()
    expect(told).toEqual([['new', 1]])
    state.latest = standing(3)
    await publish()
    await publish()
    expect(told.slice(1)).toEqual([['old', 3], ['new', 3]])
  })

  it('looks once for all who read the same, and not at all when nobody does', async () => {
    const { state, news, publish, listeners } = started()
    const ends = ['one', 'one', 'two'].map((key) => news.subscribe(key, standing(1), () => {}))
    await publish()
    expect(state.asked).toEqual(['one', 'two'])
    for (const end of ends) end()
    expect(listeners.size).toBe(0)
    await publish()
    expect(state.asked).toHaveLength(2)
  })
})
