import { describe, expect, it } from 'vitest'
import { fromKept, type Kept, toKept } from './kept-json.ts'

const roundTrip = (value: unknown): unknown => fromKept(JSON.parse(JSON.stringify(toKept(value))) as Kept)

/** Every double by its bits. */
const bitsOf = (value: number): string => Buffer.from(Float64Array.of(value).buffer).toString('hex')

describe('kept JSON', () => {
  it.each([0, -0, 1 / 3, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2 ** 53 + 2, Infinity, -Infinity, NaN, 1e21, -1e-7])(
    'gives %d back bit for bit', (value) => {
      expect(bitsOf(roundTrip(value) as number)).toBe(bitsOf(value))
      expect(bitsOf((roundTrip({ deep: [value] }) as { deep: [number] }).deep[0])).toBe(bitsOf(value))
    })

  it.each([
    ['dates', { at: new Date('2026-03-01T00:00:00.123Z'), never: new Date(NaN) }],
    ['maps of maps', new Map<unknown, unknown>([['a', new Map([[1, Infinity]])], [null, new Date(0)]])],
    ['sets', new Set([1, -0, 'x', new Date(5)])],
    ['undefined members', { a: undefined, b: [undefined, null] }],
    ['big integers', { n: 12_345_678_901_234_567_890n }],
    ['keys that look like ours', { $date: 0 }],
    ['keys that look like ours, nested', { $object: { $map: [], more: { $number: 'NaN' } } }],
    ['keys that mean something to JavaScript', JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}')],
    ['hostile text', { text: '\u2028"\\</script>\ud800 größer \u0001' }],
    ['nothing', {}],
  ])('gives back %s', (_, value) => expect(roundTrip(value)).toStrictEqual(value))

  it('keeps the order of keys', () => {
    const value = { z: 1, a: { y: 1, b: 2 }, m: 3 }
    expect(JSON.stringify(roundTrip(value))).toBe(JSON.stringify(value))
  })

  it('refuses what has no data of its own, and says where', () => {
    expect(() => toKept({ a: [{ b: () => 1 }] })).toThrow('$.a[0].b cannot be kept')
    expect(() => toKept({ a: new URL('http://localhost') })).toThrow(TypeError)
    expect(() => fromKept({ $other: 1 })).toThrow('$other')
  })
})
