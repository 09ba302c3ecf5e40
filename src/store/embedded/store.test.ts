import { describe, expect, it } from 'vitest'
import { holdsUp } from './store.ts'

const call = (since: number, rest: { begun?: boolean; expired?: boolean } = {}) => ({
  since,
  begun: false,
  expired: false,
  ...rest,
})

describe('holdsUp', () => {
  it('blames whoever has a transaction open', () => {
    expect(holdsUp(call(0, { begun: true }), [], null)).toBe(true)
  })

  it('blames nobody while the engine is idle', () => {
    expect(holdsUp(call(0), [], null)).toBe(false)
  })

  it('blames the oldest call, because statements run in order', () => {
    expect(holdsUp(call(0), [call(1)], 2)).toBe(true)
    expect(holdsUp(call(1), [call(0)], 2)).toBe(false)
  })

  it('ends work whose caller is gone already', () => {
    expect(holdsUp(call(5), [call(0, { expired: true })], 1)).toBe(true)
  })
})
