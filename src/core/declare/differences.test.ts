import { describe, expect, it } from 'vitest'
import { differencesOf } from './differences.ts'

describe('differencesOf', () => {
  it('finds nothing between equal values, whatever the order of members', () => {
    expect(differencesOf({ a: [1, { b: null }], c: undefined }, { a: [1, { b: null }] })).toEqual([])
  })

  it('names the innermost members that differ', () => {
    expect(differencesOf({ stages: [{ coverage: 1 }], key: 'a' }, { stages: [{ coverage: 0.5 }], key: 'a', salt: 's' })).toEqual(['stages[0].coverage', 'salt'])
  })

  it('names a list as a whole when its length differs', () => {
    expect(differencesOf({ a: [1] }, { a: [1, 2] })).toEqual(['a'])
    expect(differencesOf({ a: null }, { a: {} })).toEqual(['a'])
  })
})
