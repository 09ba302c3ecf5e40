import { describe, expect, it } from 'vitest'
import { matches, weakTag } from './etag.ts'

describe('matches', () => {
  it('finds a tag among several, weak or not, and never one that is not there', () => {
    expect(matches('"a", W/"b"', 'W/"b"')).toBe(true)
    expect(matches('W/"a"', '"a"')).toBe(true)
    expect(matches('*', '"a"')).toBe(true)
    expect(matches('"ab"', '"a"')).toBe(false)
    expect(matches(undefined, '"a"')).toBe(false)
  })
})

describe('weakTag', () => {
  it('is the same for the same, and another for anything else', () => {
    expect(weakTag({ units: 1 })).toBe(weakTag({ units: 1 }))
    expect(weakTag({ units: 1 })).not.toBe(weakTag({ units: 2 }))
    expect(weakTag({ units: 1 })).toMatch(/^W\/"[\w-]{22}"$/)
  })
})
