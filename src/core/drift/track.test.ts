import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../stats/random.ts'
import { begunAnew, followed, noTrack, type Slice } from './track.ts'

const hour = 3_600_000
const numeric = { kind: 'numeric', period: 'PT0S' } as const

const slice = (at: number, draws: readonly number[], perUnit = 1): Slice => ({
  at, from: new Date(at * hour), to: new Date((at + 1) * hour), values: draws.map((value) => ({ value, count: 1 })),
  count: draws.length, squares: draws.length * perUnit,
})

const stream = (slices: number, each: number, shift: (at: number) => number = () => 0, seed = 1): Slice[] => {
  const { normal } = seededRandom(seed)
  return Array.from({ length: slices }, (_, at) => slice(at, Array.from({ length: each }, () => normal() + shift(at))))
}

describe('following a distribution', () => {
  it('pools what is over until 500 values are there: first for the reference, then for each window', () => {
    const track = followed(noTrack, stream(10, 200), numeric)
    expect(track).toMatchObject({
      upTo: 8, windows: 2, alarmedAt: null,
      reference: { n: 600, from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T03:00:00.000Z' },
      last: { n: 600, from: '1970-01-01T06:00:00.000Z', to: '1970-01-01T09:00:00.000Z', alarm: false },
    })
  })

  it('says the same in one look, in many, and after being kept as JSON in between', () => {
    const slices = stream(30, 190, (at) => (at > 12 ? 1 : 0))
    let track = noTrack
    for (let seen = 1; seen <= slices.length; seen++) {
      track = JSON.parse(JSON.stringify(followed(track, slices.slice(0, seen), numeric))) as typeof track
    }
    expect(track).toEqual(followed(noTrack, slices, numeric))
    expect(track.last?.alarm).toBe(true)
    expect(track.alarmedAt).toBe(track.last?.to)
  })

  it('judges each window once: what arrives later for it changes nothing', () => {
    const slices = stream(6, 500)
    const track = followed(noTrack, slices, numeric)
    const late = slices.map((one) => ({ ...one, values: [{ value: 50, count: 5_000 }], count: 5_000, squares: 5_000 }))
    expect(followed(track, late, numeric)).toBe(track)
  })

  it('finds half a standard deviation, and is calm again when it has gone', () => {
    const slices = stream(12, 1_000, (at) => (at >= 4 && at < 8 ? 0.5 : 0))
    expect(followed(noTrack, slices.slice(0, 4), numeric).last?.alarm).toBe(false)
    expect(followed(noTrack, slices.slice(0, 8), numeric)).toMatchObject({ last: { alarm: true }, alarmedAt: '1970-01-01T08:00:00.000Z' })
    expect(followed(noTrack, slices, numeric)).toMatchObject({ last: { alarm: false }, alarmedAt: '1970-01-01T08:00:00.000Z' })
  })

  it('never alarms on 400 windows of a stream that does not move', () => {
    for (let seed = 1; seed <= 8; seed++) expect(followed(noTrack, stream(51, 500, () => 0, seed), numeric)).toMatchObject({ windows: 50, alarmedAt: null })
  })

  it('takes many values of few units for few', () => {
    const draws = Array.from({ length: 2_000 }, (_, index) => index % 7)
    expect(followed(noTrack, [slice(0, draws, 10)], numeric).reference).toBeNull()
    expect(followed(noTrack, [slice(0, draws, 10), slice(1, draws, 10), slice(2, draws, 10)], numeric).reference?.n).toBe(600)
  })

  it('waits for the period, where values swing with the hours', () => {
    const slices = stream(72, 100, (at) => 2 * Math.sin((2 * Math.PI * at) / 24))
    expect(followed(noTrack, slices, numeric).alarmedAt).not.toBeNull()
    expect(followed(noTrack, slices, { kind: 'numeric', period: 'P1D' })).toMatchObject({ windows: 2, alarmedAt: null, last: { n: 2_400 } })
  })

  it('passes over slices without values, and knows constants, categories and what is new among them', () => {
    const empty = slice(0, [])
    expect(followed(noTrack, [empty, empty], numeric)).toBe(noTrack)
    const constant = [1, 2, 3].map((at) => slice(at, Array.from({ length: 500 }, () => 7)))
    expect(followed(noTrack, [empty, ...constant], numeric)).toMatchObject({ windows: 2, alarmedAt: null })
    const codes = (at: number, share: number): Slice => slice(at, Array.from({ length: 1_000 }, (_, index) => (index < share * 1_000 ? 9 : index % 3)))
    const categorical = { kind: 'categorical', period: 'PT0S' } as const
    expect(followed(noTrack, [codes(0, 0), codes(1, 0)], categorical).alarmedAt).toBeNull()
    expect(followed(noTrack, [codes(0, 0), codes(1, 0.1)], categorical).last?.alarm).toBe(true)
  })

  it('takes a new reference once somebody has seen that the values stay where they went', () => {
    const slices = stream(12, 500, (at) => (at >= 4 ? 1 : 0))
    const moved = followed(noTrack, slices.slice(0, 6), numeric)
    const anew = followed(begunAnew(moved), slices, numeric)
    expect(moved.last?.alarm).toBe(true)
    expect(anew).toMatchObject({ windows: 5, last: { alarm: false }, alarmedAt: moved.alarmedAt, reference: { from: '1970-01-01T06:00:00.000Z' } })
  })
})
