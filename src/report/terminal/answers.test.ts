import { describe, expect, it } from 'vitest'
import { demoDecision, demoProgress } from './demo.ts'
import { decisionsText, type Entry } from './decisions.ts'
import { plain } from './paint.ts'
import { replayText } from './replay.ts'
import { rateText, simulationProgress } from './simulation.ts'

const look = { paint: plain, width: 110 }
const entry = (more: Partial<Entry>): Entry => ({
  id: 7, chain: 'experiment:x', seq: 2, at: '2026-10-12T08:00:00.000Z', actor: 'engine', mode: 'auto', experiment: 'x', model: 'm', stage: 0, action: 'promote',
  variant: 'qwen', rule: 'promote-superior', reason: 'win of qwen is higher.', status: 'applied', epochBefore: 4, epochAfter: 5, weightsBefore: [0.5, 0.5],
  weightsAfter: [0, 1], policyHash: '', evidence: {}, prevHash: '', hash: '', ...more,
})

describe('decisions', () => {
  it('tell number, deed, reason and where the traffic went; what was held back says so', () => {
    const moved = entry({ id: 5, seq: 3, action: 'reallocate', variant: null, reason: 'the chances moved.', rule: 'bandit-thompson' })
    const held = entry({ id: 6, seq: 1, status: 'held', reason: 'Held back until 2,000 units came.', epochAfter: 4, weightsAfter: [0.5, 0.5] })
    expect(decisionsText([entry({}), moved, held], ['gemma', 'qwen'], 3, look).split('\n')).toEqual([
      '②  2026-10-12 08:00 UTC  promoted qwen',
      '   win of qwen is higher.',
      '   by engine · rule promote-superior · epoch 4 → 5 · gemma 50 % → 0 %, qwen 50 % → 100 % · entry 2 · contender',
      '   replay 7',
      '·  2026-10-12 08:00 UTC  traffic moved',
      '   the chances moved.',
      '   by engine · rule bandit-thompson · epoch 4 → 5 · gemma 50 % → 0 %, qwen 50 % → 100 % · entry 3 · contender',
      '   replay 5',
      '①  2026-10-12 08:00 UTC  held back: promote qwen',
      '   Held back until 2,000 units came.',
      '   by engine · rule promote-superior · epoch 4 · entry 1 · contender replay 6',
    ])
    const two = decisionsText([entry({ id: 7 }), entry({})], ['gemma', 'qwen'], 1, look).split('\n')
    expect([two[0], two.length], 'the newest of two, with the number that it has among them').toEqual(['②  2026-10-12 08:00 UTC  promoted qwen', 4])
  })

  it('are lines of the demo as they come', () => {
    expect(demoDecision(entry({ status: 'held', reason: 'Held back until 2,000 units came.' }), 2, 2, ['gemma', 'qwen'])).toBe('  day  2.0  ② held          promote qwen until 2,000 units came.')
    expect(demoDecision(entry({ action: 'reallocate', variant: null }), null, 11.9, ['gemma', 'qwen'])).toMatch(/^ {2}day 11\.9 {2}· traffic moved +gemma 50 % → 0 %, qwen 50 % → 100 %$/)
    expect(demoProgress({ day: 6.2, days: 14, users: 41_208, versions: 4 })).toBe('  Simulating 14 days of traffic, 4 versions …  day 6  █████▍        41,208 users')
  })
})

describe('a replay', () => {
  const stored = { action: 'kill', variant: 'phi', status: 'applied', reason: 'slow is worse.', rule: 'guardrail-harm', actor: 'engine', evidence: { units: { control: 1_200 } } }

  it('says same action, or every field that differs', () => {
    expect(replayText({ decision: 3, same: true, stored, recomputed: stored, differences: [] }, look)).toMatch(/^Decision 3 {2}kill phi\n {2}slow is worse\.[^]*control 1,200[^]*same action ✓/)
    const differs = { decision: 3, same: false, stored, recomputed: stored, differences: [{ path: 'evidence.units', stored: 1, recomputed: 2 }] }
    expect(replayText(differs, look)).toMatch(/not the same ✗\n {2}evidence\.units {2}stored 1 {2}now 2$/)
    expect(replayText({ ...differs, recomputed: null }, look)).toContain('could not be taken again ✗')
  })
})

describe('a simulation', () => {
  it('tells each rate with its Monte-Carlo error, and a limit where that would be none', () => {
    expect(rateText({ estimate: 0.019, error: 0.004, lower: 0.013, upper: 0.029 })).toBe('1.9 % (±0.4)')
    expect(rateText({ estimate: 0, error: 0, lower: 0, upper: 0.0095 })).toBe('0 % (at most 1.0)')
    expect(rateText({ estimate: 1, error: 0, lower: 0.963, upper: 1 })).toBe('100 % (at least 96.3)')
  })

  it('says how far it is', () => {
    expect(simulationProgress(400, 1_000, 8_000)).toBe('400 of 1,000 runs · 50.0 runs/s · 12 s left')
  })
})
