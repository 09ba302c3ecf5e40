import { beforeEach, describe, expect, it } from 'vitest'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { afterChange } from '../decide/carry-out.ts'
import type { Decision } from '../decide/decision.ts'
import { CreateExperiment } from '../define/definitions.ts'
import { plan } from '../decide/transition.ts'
import type { Calls, Slot } from './calls.ts'
import { carryOutBreaker } from './carry-out.ts'
import { decideBreakers } from './decide.ts'

const start = Date.parse('2026-03-01T00:00:00Z')
const slotMs = 5_000

/** An experiment of three variants whose breakers are looked at every second, with the calls that are put into it. */
const world = (draft: object = {}, fallbacks: string[] = []) => {
  const definition = CreateExperiment.parse({
    key: 'e', model: 'm', unguarded: true, metrics: [{ metric: 'failed', role: 'diagnostic', breaker: true }], stages: [{ allocation: 'fixed' }],
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
    ...draft,
  })
  let facts: ExperimentFacts = {
    id: 1, key: 'e', model: 'm', state: 'running', definition: { ...definition, salt: '' }, frozen: null, stage: 0, scope: 1, epoch: 1, revision: 1,
    variants: definition.variants.map(({ key, version, control = false }) => ({ key, version, control, status: 'live' })),
    weights: [1 / 3, 1 / 3, 1 / 3], winner: null, looks: {}, startedAt: new Date(start), endedAt: null,
  }
  let now = start + 3_600_000
  const slots: Slot[] = []
  const written: Decision[] = []

  /** Do what is to be done now, as often as there is something. */
  const look = (): Decision[] => {
    const before = written.length
    for (let turn = 0; turn < 10; turn++) {
      const recent = slots.filter(({ start: at }) => at > now - 60_000)
      const seen = { experiment: facts, slots: recent, now: new Date(now), fallbacks }
      const decision = decideBreakers(seen)
      if (!decision) return written.slice(before)
      const change = carryOutBreaker(seen, decision, { champion: '1', beforePromotion: null, metrics: new Map() }, 1)
      if (!change || 'refused' in change) throw new Error(`${decision.action} was refused`)
      if (change.next) expect(change.next.scope).toBe(decision.action === 'kill' ? 'new' : 'same')
      facts = afterChange(facts, change, facts.epoch + (change.next ? 1 : 0))
      written.push(decision)
    }
    throw new Error('there is no end to it')
  }
  /** What a person does now, with these versions that may stand in. */
  const person = (action: 'enable' | 'fallback', variant: string | null, versions: string[] = []): void => {
    const context = { champion: '1', beforePromotion: null, metrics: new Map(), standIns: { versions, now: new Date(now) } }
    const change = plan(facts, { action, variant, reason: 'seen', actor: 'me' }, context)
    if ('refused' in change) throw new Error(change.message)
    facts = afterChange(facts, change, facts.epoch + 1)
  }
  return {
    written, look,
    facts: () => facts,
    person,
    enable: (variant: string): void => person('enable', variant),
    variant: (arm: number) => facts.variants[arm]!,
    /** Calls of arms now, [calls, errors] each; the fourth is what stands in. */
    calls: (...arms: [number, number][]): void => {
      const seen: Calls[] = Array.from({ length: 4 }, (_, arm) => ({ calls: arms[arm]?.[0] ?? 0, errors: arms[arm]?.[1] ?? 0 }))
      slots.push({ start: Math.floor(now / slotMs) * slotMs, arms: seen })
    },
    /** Look every second for so long, with these calls before each look. */
    pass: (seconds: number, each: () => [number, number][] = () => []): string[] => {
      const done: string[] = []
      for (let second = 0; second < seconds; second++) {
        now += 1_000
        const arms = each()
        if (arms.length > 0) slots.push({ start: Math.floor(now / slotMs) * slotMs, arms: Array.from({ length: 4 }, (_, arm) => ({ calls: arms[arm]?.[0] ?? 0, errors: arms[arm]?.[1] ?? 0 })) })
        done.push(...look().map(({ action, variant, status }) => `${action} ${variant}${status === 'held' ? ' (held)' : ''}`))
      }
      return done
    },
  }
}

let w: ReturnType<typeof world>
beforeEach(() => {
  w = world()
})

describe('a closed breaker', () => {
  it('opens at 20 calls of which half failed, beside a control that is well: an epoch in the same scope', () => {
    w.calls([20, 0], [19, 19], [20, 0])
    expect(w.look()).toEqual([])
    w.calls([0, 0], [1, 1])
    expect(w.look()).toMatchObject([{ action: 'quarantine', variant: 'b', rule: 'breaker', status: 'applied' }])
    expect(w.written[0]?.reason).toBe('20 of 20 calls of b failed within a minute; of a 0 of 20 calls. a serves its units until 2026-03-01T01:00:30.000Z.')
    expect(w.variant(1)).toMatchObject({ status: 'quarantined', breaker: { state: 'open', from: 2, weight: 1 / 3, probes: 0, series: 1 } })
    expect(w.facts().weights).toEqual([1 / 3, 0, 1 / 3])
    expect(w.facts().epoch).toBe(2)
  })

  it.each([
    ['less than half of the calls fail', [[200, 0], [200, 99]]],
    ['the control fails a third as often', [[30, 11], [30, 30]]],
    ['the control fails too, with few calls', [[3, 3], [40, 40]]],
    ['what failed is more than a minute ago', [[0, 0]]],
  ] as [string, [number, number][]][])('stays closed when %s', (_, arms) => {
    if (arms.length === 1) {
      w.calls([20, 0], [19, 19])
      w.pass(61)
    }
    w.calls(...arms, [1, 1])
    expect(w.look()).toEqual([])
  })

  it('opens for every variant that fails, each by itself', () => {
    w.calls([30, 0], [30, 30], [30, 15])
    expect(w.look()).toMatchObject([{ action: 'quarantine', variant: 'b' }, { action: 'quarantine', variant: 'c' }])
    expect(w.facts().weights).toEqual([1 / 3, 0, 0])
  })

  it('only tells, once, where a person decides', () => {
    w = world({ policy: { mode: 'recommend' } })
    w.calls([30, 0], [30, 30])
    expect(w.look()).toMatchObject([{ action: 'quarantine', status: 'held', reason: expect.stringContaining('a person decides') }])
    expect(w.pass(20)).toEqual([])
    expect(w.variant(1).status).toBe('live')
  })
})

describe('an open breaker', () => {
  const failing = (): [number, number][] => [[5, 0], [w.variant(1).status === 'live' ? 5 : 0, w.variant(1).status === 'live' ? 5 : 0]]

  it('is tried after 30 seconds, and closes when ten probes are well', () => {
    expect(w.pass(4, failing)).toEqual(['quarantine b'])
    expect(w.pass(29, failing)).toEqual([])
    expect(w.pass(1)).toEqual(['probe b'])
    const { probes = 0, weight } = w.variant(1).breaker!
    expect(probes).toBeGreaterThan(0)
    expect(probes).toBeLessThanOrEqual(0.5)
    expect(weight).toBe(1 / 3)
    expect(w.facts().weights?.[1]).toBeCloseTo(probes / 3, 12)
    expect(w.pass(5)).toEqual([])
    expect(w.pass(1, () => [[5, 0], [9, 4]])).toEqual([])
    expect(w.pass(1, () => [[5, 0], [1, 0]])).toEqual(['release b'])
    expect(w.facts().weights).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(w.variant(1)).toMatchObject({ status: 'live', breaker: { state: 'closed', from: 2 } })
    expect(w.pass(60, () => [[1, 0], [1, 0]])).toEqual([])
  })

  it('opens again when the probes fail, for longer each time, and stops the variant at the third opening', () => {
    w.pass(4, failing)
    w.pass(30)
    const bad = (): [number, number][] => [[10, 0], [w.variant(1).breaker?.state === 'half-open' ? 3 : 0, w.variant(1).breaker?.state === 'half-open' ? 3 : 0]]
    expect(w.pass(9, bad)).toEqual(['quarantine b'])
    expect(Date.parse(w.variant(1).breaker!.until!) - Date.parse(w.variant(1).breaker!.since)).toBe(60_000)
    expect(w.pass(70, bad)).toEqual(['probe b', 'kill b'])
    expect(w.variant(1).status).toBe('killed')
    expect(w.facts().weights).toEqual([0.5, 0, 0.5])
    const kill = w.written.at(-1)!
    expect(kill).toMatchObject({ rule: 'breaker', reason: expect.stringContaining('It was quarantined 2 times before.') })
    const { value, needed } = kill.evidence['evidence'] as { value: number; needed: number }
    expect(needed).toBeCloseTo((3 * 1 * 2) / 0.0025, 6)
    expect(value).toBeGreaterThan(needed)
  })

  it('goes on opening where nothing may be stopped, and says once that it should be', () => {
    w = world({ policy: { autoKill: false } })
    const bad = (): [number, number][] => [[10, 0], [w.variant(1).breaker?.state === 'open' ? 0 : 5, w.variant(1).breaker?.state === 'open' ? 0 : 5]]
    const done = w.pass(400, bad)
    expect(done.filter((one) => one === 'kill b (held)')).toHaveLength(1)
    expect(done.filter((one) => one === 'quarantine b').length).toBeGreaterThan(3)
    expect(w.variant(1).status).toBe('quarantined')
  })

  it('does not stop a variant on openings that the control explains', () => {
    w = world({}, ['0'])
    w.pass(4, failing)
    w.pass(31)
    const both = (): [number, number][] => [[10, 10], [4, 4], [10, 0], [0, 0]]
    const done = w.pass(300, both)
    expect(done).toContain('fallback a')
    expect(done.some((one) => one.startsWith('kill'))).toBe(false)
  })

  it('is closed by a person who knows better, and does not look back', () => {
    w.pass(4, failing)
    w.enable('b')
    expect(w.variant(1)).toMatchObject({ status: 'live', breaker: { state: 'closed', from: 3, opened: [], series: 2 } })
    expect(w.facts().weights).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(w.pass(60, () => [[5, 0], [5, 0]])).toEqual([])
    expect(w.pass(30, () => [[5, 0], [5, 5]])).toEqual(['quarantine b'])
  })

  it('is tried by more units where too few come', () => {
    w.pass(4, failing)
    w.pass(31)
    const few = w.variant(1).breaker!.probes!
    w.pass(117)
    expect(w.variant(1).breaker?.probes).toBe(few)
    expect(w.pass(3)).toEqual(['probe b'])
    expect(w.variant(1).breaker?.probes).toBe(Math.min(1, few * 4))
  })
})

describe('a control that fails', () => {
  it('is not acted upon while nothing can stand in, and that is told once', () => {
    w.calls([40, 40], [40, 40], [40, 40])
    expect(w.look()).toMatchObject([{ action: 'fallback', variant: 'a', status: 'held', rule: 'breaker-together', reason: expect.stringContaining('No healthy version can stand in') }])
    expect(w.pass(10)).toEqual([])
    expect(w.facts().variants.every(({ status }) => status === 'live')).toBe(true)
  })

  it('never takes the last healthy variant out', () => {
    w.calls([40, 0], [40, 40], [40, 40])
    w.look()
    w.calls([60, 60])
    w.pass(5, () => [[20, 20]])
    expect(w.facts().variants.map(({ status }) => status)).toEqual(['live', 'quarantined', 'quarantined'])
  })

  it('gives way, with those that fail together with it, to the first version that is healthy', () => {
    w = world({}, ['2', '0', '9'])
    w.calls([40, 40], [40, 40], [40, 0])
    expect(w.look()).toMatchObject([{ action: 'fallback', variant: 'a', rule: 'breaker-together', status: 'applied' }])
    expect(w.facts().variants.map(({ status }) => status)).toEqual(['quarantined', 'quarantined', 'live'])
    expect(w.variant(0).breaker?.standIn).toMatchObject({ version: '0', failed: [] })
    expect(w.facts().weights).toEqual([0, 0, 1 / 3])
  })

  it('comes back when it was well for five minutes', () => {
    w = world({}, ['0'])
    w.calls([40, 40], [40, 0], [40, 0])
    w.look()
    const well = (): [number, number][] => [[w.variant(0).breaker?.state === 'open' ? 0 : 1, 0], [5, 0], [5, 0], [5, 0]]
    expect(w.pass(30, well)).toEqual(['probe a'])
    expect(w.pass(299, well)).toEqual([])
    expect(w.pass(2, well)).toEqual(['restore a'])
    expect(w.variant(0)).toMatchObject({ status: 'live', breaker: { state: 'closed' } })
    expect(w.variant(0).breaker?.standIn).toBeUndefined()
    expect(w.facts().weights).toEqual([1 / 3, 1 / 3, 1 / 3])
  })

  it('goes on being stood in for while its probes fail', () => {
    w = world({}, ['0'])
    w.calls([40, 40], [40, 0], [40, 0])
    w.look()
    const bad = (): [number, number][] => [[w.variant(0).breaker?.state === 'open' ? 0 : 2, w.variant(0).breaker?.state === 'open' ? 0 : 2]]
    expect(w.pass(50, bad)).toEqual(['probe a', 'fallback a'])
    expect(w.variant(0).breaker).toMatchObject({ state: 'open', standIn: { version: '0' } })
  })

  it('gets another one to stand in when the first one fails, and keeps it when there is none left', () => {
    w = world({}, ['0', '9'])
    w.calls([40, 40], [40, 0], [40, 0])
    w.look()
    w.pass(6)
    expect(w.pass(6, () => [[0, 0], [5, 0], [5, 0], [5, 5]])).toEqual(['fallback a'])
    expect(w.variant(0).breaker?.standIn).toMatchObject({ version: '9', failed: ['0'] })
    expect(w.pass(20, () => [[0, 0], [5, 0], [5, 0], [5, 5]])).toContain('fallback a (held)')
    expect(w.variant(0).breaker?.standIn?.version).toBe('9')
  })
})

describe('a control that a person took out', () => {
  const well = (): [number, number][] => [[0, 0], [5, 0], [5, 0], [5, 0]]

  it('is neither tried nor let back in by breakers, whatever calls say, until a person does', () => {
    w = world({}, ['0', '9'])
    w.person('fallback', null, ['0', '9'])
    expect(w.variant(0)).toMatchObject({ status: 'quarantined', breaker: { state: 'open', probes: 0, opened: [], standIn: { version: '0', failed: [], manual: true } } })
    expect(w.facts().weights).toEqual([0, 1 / 3, 1 / 3])
    expect(w.pass(900, well)).toEqual([])
    w.enable('a')
    expect(w.variant(0)).toMatchObject({ status: 'live', breaker: { state: 'closed', from: 3 } })
    expect(w.variant(0).breaker?.standIn).toBeUndefined()
    expect(w.facts().weights).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(w.pass(30, () => [[5, 5], [5, 0], [5, 0]])).toEqual(['fallback a'])
  })

  it('gets the next one to stand in when the first fails, which is for a person to end as well', () => {
    w = world({}, ['0', '9'])
    w.person('fallback', null, ['0', '9'])
    w.pass(6)
    const first = (): [number, number][] => (w.variant(0).breaker?.standIn?.version === '0' ? [[0, 0], [5, 0], [5, 0], [5, 5]] : [])
    expect(w.pass(12, first)).toEqual(['fallback a'])
    expect(w.variant(0).breaker?.standIn).toMatchObject({ version: '9', failed: ['0'], manual: true })
    expect(w.pass(900, well)).toEqual([])
  })

  it('keeps what the engine had put there, which then ends by itself no more, be it tried already', () => {
    w = world({}, ['0'])
    w.calls([40, 40], [40, 0], [40, 0])
    w.look()
    expect(w.pass(31)).toEqual(['probe a'])
    w.person('fallback', null, ['9'])
    expect(w.variant(0).breaker).toMatchObject({ state: 'open', probes: 0, standIn: { version: '0', manual: true } })
    expect(w.variant(0).breaker?.until).toBeUndefined()
    expect(w.facts().weights).toEqual([0, 1 / 3, 1 / 3])
    expect(w.pass(900, () => [[1, 0], [5, 0], [5, 0], [5, 0]])).toEqual([])
  })
})

describe('the state of breakers', () => {
  it('lives in the variants alone, so that whoever leads next goes on', () => {
    w.calls([30, 0], [30, 30])
    w.look()
    const copy = JSON.parse(JSON.stringify(w.facts().variants)) as unknown
    expect(copy).toEqual(w.facts().variants)
    expect(decideBreakers({ experiment: { ...w.facts() }, slots: [], now: new Date(start + 3_630_000), fallbacks: [] })).toMatchObject({ action: 'probe' })
  })

  it('starts another series when it was closed for ten minutes', () => {
    const bad = (): [number, number][] => [[5, 0], [5, 5]]
    w.pass(4, bad)
    w.pass(31)
    w.pass(6)
    expect(w.pass(1, () => [[5, 0], [10, 0]])).toEqual(['release b'])
    w.pass(601)
    expect(w.pass(5, bad)).toEqual(['quarantine b'])
    expect(w.variant(1).breaker).toMatchObject({ series: 2, opened: [{ calls: 20, errors: 20 }] })
  })
})
