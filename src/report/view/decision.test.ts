import { describe, expect, it } from 'vitest'
import type { DecisionDetail, ExperimentView } from '../../core/tell/views.ts'
import { decisionPage, replayPage } from './decision.ts'

const now = Date.parse('2026-11-21T14:00:00Z')

const decision = (more: Partial<DecisionDetail> = {}): DecisionDetail => ({
  id: 41, chain: 'experiment:1', seq: 3, at: '2026-11-20T09:30:00.000Z', actor: 'engine', mode: 'auto', experiment: 'race', model: 'm', stage: 0, action: 'kill',
  variant: 'llama', rule: 'guardrail-harm', reason: 'Slow.', status: 'applied', epochBefore: 1, epochAfter: 2, weightsBefore: [0.5, 0.5], weightsAfter: [1, 0],
  policyHash: 'p', prevHash: 'a', hash: 'b', inputs: 'c', seed: 7, evidence: { guardrails: [{ metric: 'slow' }], comparisons: [{ metric: 'win', role: 'decision' }] },
  verdicts: { variants: { llama: { win: 'PASS', slow: 'FAIL', completeness: 'PASS' } }, sampleRatio: 'PASS', health: { split: 'PASS', late: 'ERROR' } },
  freshness: { asOf: '2026-11-20T09:30:00.000Z', digest: 'd', epochs: { matured: 1, immature: 2 }, maturedUntil: null, units: { llama: { exposed: 3_000, matured: 2_900 } } },
  alternatives: [{ action: 'promote', variant: 'qwen', rule: 'conditions', reason: 'Better.', rejected: 'too early' }],
  undo: { text: 'It does not come back.', calls: [{ method: 'POST', path: '/x', body: { action: 'stop' } }] },
  links: { analysis: '/api/experiments/race/report?asOf=3', replay: '/api/decisions/41/replay', postMortem: null }, ...more,
})

const race = {
  variants: [{ key: 'gemma' }, { key: 'llama' }], metrics: [{ metric: 'win', role: 'decision' }, { metric: 'slow', role: 'guardrail' }],
} as unknown as ExperimentView

describe('the page of a decision', () => {
  it('says what was done, by which rule, to which traffic, on which verdicts', () => {
    const page = decisionPage(decision(), race, now)
    expect(page).toMatchObject({ title: 'Decision 41: stopped llama', subject: { href: '/experiments/race' }, links: { replay: '/decisions/41/replay', postMortem: null } })
    expect(page.facts.map(({ label, text }) => `${label}: ${text}`)).toEqual([
      'When: 20 Nov, 09:30 UTC', 'By: engine, by itself', 'Status: done', 'Rule: guardrail-harm', 'Traffic: gemma 50 % → 100 %, llama 50 % → 0 % (epoch 1 → 2)', 'Seed: 7',
    ])
    expect(page.verdicts[0]?.metrics.map(({ metric, pill }) => [metric, pill.word])).toEqual([['win', 'Better'], ['slow', 'Harmful'], ['completeness', 'Safe']])
    expect(page.checks.map(({ check, pill }) => [check, pill.word])).toEqual([['split', 'Passed'], ['late', 'Failed']])
    expect(page.freshness?.units).toEqual([{ variant: 'llama', exposed: '3,000', matured: '2,900' }])
    expect(page.alternatives).toMatchObject([{ what: 'promote qwen', rejected: 'too early' }])
    expect(page.undo?.calls).toEqual(['POST /x\n{\n  "action": "stop"\n}'])
  })

  it('shows evidence exactly, cut where it is long', () => {
    expect(JSON.parse(decisionPage(decision(), race, now).evidence.text)).toEqual(decision().evidence)
    expect(decisionPage(decision({ evidence: { much: 'x'.repeat(1e5) } }), race, now).evidence).toMatchObject({ cut: true })
  })

  it('does without what older entries lack', () => {
    const { verdicts: _, freshness: __, alternatives: ___, undo: ____, seed: _____, inputs: ______, ...older } = decision()
    expect(decisionPage({ ...older, status: 'held', epochAfter: 1, weightsAfter: [0.5, 0.5] }, null, now)).toMatchObject({
      title: 'Decision 41: held back: stop of llama', verdicts: [], freshness: null, alternatives: [], undo: null })
  })
})

describe('a decision taken again', () => {
  it('is the same, or says where it differs', () => {
    expect(replayPage({ decision: 41, same: true, stored: {}, recomputed: {}, differences: [] })).toMatchObject({ same: true, title: 'Decision 41 taken again: same action' })
    expect(replayPage({ decision: 41, same: false, stored: {}, recomputed: {}, differences: [{ path: 'reason', stored: 'a', recomputed: null }] })).toMatchObject({
      same: false, possible: true, differences: [{ path: 'reason', stored: '"a"', recomputed: 'null' }] })
    expect(replayPage({ decision: 41, same: false, stored: {}, recomputed: null, differences: [] }).possible).toBe(false)
  })
})
