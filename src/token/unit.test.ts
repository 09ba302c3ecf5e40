import { createHmac } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { createAssignmentIds } from './ids.ts'
import { cachedUnitHasher, createUnitHasher, fromUuid, toUuid, utcDay, watchUnit } from './unit.ts'

const key = Buffer.alloc(32, 5)
const hash = createUnitHasher(key)

describe('unit hashes', () => {
  it('are the first 128 bits of HMAC-SHA-256 over type, NUL and unit', () => {
    const mac = createHmac('sha256', key).update(Buffer.from('user\0größe-😀')).digest('hex')
    expect(hash('user', 'größe-😀')).toBe(mac.slice(0, 32))
  })

  it('differ by type, by unit and by key', () => {
    const other = createUnitHasher(Buffer.alloc(32, 6))
    const hashes = [hash('user', 'u'), hash('session', 'u'), hash('user', 'v'), other('user', 'u'), hash('useru', '')]
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('refuse a key that is too short', () => {
    expect(() => createUnitHasher(Buffer.alloc(8))).toThrow('16 bytes')
  })

  it('of a watch change with the day, and with nothing else', () => {
    const day = utcDay(Date.UTC(2024, 1, 29, 23, 59, 59, 999))
    expect(day).toBe(19_782)
    expect(utcDay(Date.UTC(2024, 2, 1))).toBe(day + 1)
    expect(hash('user', watchUnit('u', day))).toBe(hash('user', watchUnit('u', day)))
    expect(hash('user', watchUnit('u', day))).not.toBe(hash('user', watchUnit('u', day + 1)))
    expect(hash('user', watchUnit('u', day))).not.toBe(hash('user', 'u'))
  })

  it('travel as uuid and back', () => {
    const hex = hash('user', 'u')
    expect(toUuid(hex)).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
    expect(fromUuid(toUuid(hex).toUpperCase())).toBe(hex)
  })
})

describe('cachedUnitHasher', () => {
  it('answers as the hasher does, and asks it once for a unit that returns', () => {
    const counted = vi.fn(hash)
    const cached = cachedUnitHasher(counted, 100)
    for (let round = 0; round < 3; round++) {
      for (const unit of ['a', 'b', 'c']) expect(cached('user', unit)).toBe(hash('user', unit))
    }
    expect(counted).toHaveBeenCalledTimes(3)
    expect(cached('session', 'a')).toBe(hash('session', 'a'))
  })

  it('forgets the oldest, keeps who returns, and remembers no more than its capacity', () => {
    const counted = vi.fn(hash)
    const cached = cachedUnitHasher(counted, 100)
    for (let i = 0; i < 1_000; i++) {
      cached('user', `new-${i}`)
      cached('user', 'regular')
    }
    expect(counted).toHaveBeenCalledTimes(1_001)
    counted.mockClear()
    for (let i = 999; i >= 0; i--) cached('user', `new-${i}`)
    expect(1_000 - counted.mock.calls.length).toBeLessThanOrEqual(100)
    expect(1_000 - counted.mock.calls.length).toBeGreaterThanOrEqual(40)
  })
})

describe('assignment ids', () => {
  it('are 16 hex digits, each different, across many refills', () => {
    const next = createAssignmentIds()
    const ids = Array.from({ length: 5_000 }, next)
    expect(new Set(ids).size).toBe(5_000)
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true)
  })

  it('ask for randomness first when an id is needed', () => {
    const fill = vi.fn((bytes: Buffer) => void bytes.fill(0xab))
    const next = createAssignmentIds(fill)
    expect(fill).not.toHaveBeenCalled()
    expect(next()).toBe('ab'.repeat(8))
    expect(fill).toHaveBeenCalledTimes(1)
  })
})
