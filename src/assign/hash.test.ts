import { describe, expect, it } from 'vitest'
import { hashFrom, murmur3, startHash } from './hash.ts'

describe('murmur3', () => {
  // published values: the table at en.wikipedia.org/wiki/MurmurHash and the tests of Guava and Cassandra's drivers
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('of %j with seed %i is known', (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash)
  })

  it('can be split anywhere, and what was begun can be continued many times', () => {
    const text = 'assistant-7b:salt:a rather long unit, größer'
    for (let at = 0; at <= text.length; at++) {
      const state = startHash(text.slice(0, at), 7)
      expect(hashFrom(state, text.slice(at))).toBe(murmur3(text, 7))
      expect(hashFrom(state, text.slice(at))).toBe(murmur3(text, 7))
    }
  })

  it('sees a character outside ASCII wherever it stands', () => {
    const texts = Array.from({ length: 12 }, (_, at) => `${'a'.repeat(at)}é${'a'.repeat(11 - at)}`)
    expect(new Set(texts.map((text) => murmur3(text))).size).toBe(12)
  })
})
