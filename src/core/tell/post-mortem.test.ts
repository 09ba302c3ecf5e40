import { describe, expect, it } from 'vitest'
import { type LedgerEntry, untold } from '../decide/ledger.ts'
import { harmOf, opensPostMortem, postMortemOf, type PostMortemFacts } from './post-mortem.ts'
import { escaped, postMortemMarkdown } from './post-mortem-markdown.ts'

const at = (minute: number): string => `2026-03-01T00:${String(minute).padStart(2, '0')}:00.000Z`
const hostile = 'it broke\n\n# Heading\n<script>alert(1)</script> [click](javascript:alert(1)) | `code` @everyone https://evil.example \u202egnp'

const entry: LedgerEntry & { id: number } = {
  ...untold, form: 2, id: 9, chain: 'experiment:1', seq: 3, at: at(30), actor: 'engine', mode: 'auto', experiment: 'assistant', model: 'assistant', stage: 0,
  action: 'kill', variant: 'qwen', rule: 'guardrail-harm', reason: hostile, status: 'applied', epochBefore: 1, epochAfter: 2, weightsBefore: [0.5, 0.5],
  weightsAfter: [1, 0], policyHash: '', evidence: { text: '``` ```` </pre>' }, prevHash: '', hash: '',
  freshness: { asOf: at(30), digest: '', epochs: { matured: 1, immature: 0 }, maturedUntil: null, units: { gemma: { exposed: 900, matured: 900 }, qwen: { exposed: 910, matured: 910 } } },
}
const point = (minute: number, verdict: string, lower: number | null) => ({ at: at(minute), analysis: minute, verdict, lower })
const harm = { metric: 'slow', variant: 'qwen', points: [point(5, 'INCONCLUSIVE', 0.01), point(10, 'INCONCLUSIVE', -0.01), point(15, 'INCONCLUSIVE', 0.01), point(20, 'FAIL', 0.03), point(30, 'FAIL', 0.04)] }

const facts: PostMortemFacts = {
  item: {
    decision: 9, experiment: 'assistant', model: 'assistant', variant: 'qwen', locked: ['2'], action: 'kill', rule: 'guardrail-harm', actor: 'engine', reason: hostile,
    openedAt: at(30), signature: null,
  },
  entry, startedAt: at(0), harm: [harm], exposed: { gemma: 950, qwen: 915 }, reallocations: 0, stillLocked: ['2'],
  epochs: [{ epoch: 1, at: at(0), weights: { gemma: 0.5, qwen: 0.5 } }, { epoch: 2, at: at(30), weights: { gemma: 1, qwen: 0 } }],
  decisions: [{ id: 9, at: at(30), actor: 'engine', action: 'kill', variant: 'qwen', status: 'applied', reason: hostile }],
  champions: [{ at: at(0), version: '1', reason: 'first' }],
}

describe('a post-mortem', () => {
  it('is opened by what stops a variant for what it did, and by nothing else', () => {
    const opens = (more: Partial<LedgerEntry>): boolean => opensPostMortem({ ...entry, ...more })
    expect(['kill', 'rollback', 'emergency-stop'].map((action) => opens({ action }))).toEqual([true, true, true])
    expect(['promote', 'pause', 'stop', 'acknowledge', 'disable'].map((action) => opens({ action }))).toEqual([false, false, false, false, false])
    expect([opens({ status: 'held' }), opens({ status: 'failed' }), opens({ rule: 'champion-changed' }), opens({ experiment: null })]).toEqual([false, false, false, false])
  })

  it('knows since when harm showed without a break, and when the rule failed', () => {
    expect(harmOf({ ...harm, name: 'slow answers' })).toEqual({ metric: 'slow', name: 'slow answers', variant: 'qwen', began: at(15), failed: at(20) })
    expect(harmOf({ ...harm, points: [point(5, 'FAIL', 1), point(6, 'PASS', -1)] })).toMatchObject({ began: null, failed: at(5) })
    expect(harmOf({ ...harm, points: [] })).toMatchObject({ began: null, failed: null })
  })

  it('tells what happened in order, who was exposed, what was served since, and how it is signed', () => {
    const told = postMortemOf(facts)
    expect(told.timeline.map((event) => [event.at, event.kind])).toEqual([
      [at(0), 'start'], [at(0), 'traffic'], [at(0), 'champion'], [at(15), 'harm'], [at(20), 'harm'], [at(30), 'traffic'], [at(30), 'decision'],
    ])
    expect(told.units).toEqual({ gemma: { atDecision: 900, exposed: 950 }, qwen: { atDecision: 910, exposed: 915 } })
    expect(told.servedSince).toEqual([{ from: at(30), text: 'version 1 as champion' }, { from: at(30), text: 'in the experiment: gemma 100 %, qwen 0 %' }])
    expect(told.questions[0]).toBe('Why did qwen get worse on slow, and in which requests?')
    expect(told.sign).toMatchObject({ path: '/api/experiments/assistant/actions', body: { action: 'acknowledge', variant: 'qwen' } })
    const signature = { at: at(40), by: 'me', note: 'found it', decision: 12 }
    const signed = postMortemOf({ ...facts, item: { ...facts.item, signature } })
    expect(signed.sign).toBeNull()
    expect(signed.timeline.at(-1)).toMatchObject({ kind: 'signed', decision: 12, text: 'Signed by me: found it' })
  })

  it('lets no text of others become markup in its Markdown', () => {
    const text = postMortemMarkdown(postMortemOf(facts))
    const outside = text.replace(/^(`{3,})json\n[^]*?\n\1$/m, '')
    expect(outside).not.toMatch(/^# Heading|(?<!\\)<script|(?<!\\)\[click|(?<!\\)@everyone|https:\/\/|\u202e/m)
    expect(outside.match(/^#+ .*$/gm)).toEqual([
      '# Post-mortem: kill of qwen in assistant', '## Timeline', '## Units exposed', '## Harm', '## Served since', '## Evidence', '## Open questions',
    ])
    expect(text).toContain('\n`````json\n')
    expect(text).toContain('| qwen | 910 | 915 |')
    expect(escaped('a|b\r\nc\\d')).toBe('a\\|b c\\\\d')
  })
})
