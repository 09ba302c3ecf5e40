import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../decide/ledger.ts'
import { eventFilters, eventTypeOf, eventTypes, notificationOf, testNotification, wants } from './notification.ts'

const entry: LedgerEntry = {
  chain: 'experiment:1', seq: 4, at: '2026-01-01T00:00:00.000Z', actor: 'engine', mode: 'auto', experiment: 'assistant-7b', model: 'assistant',
  stage: 0, action: 'kill', variant: 'llama', rule: 'guardrail-harm', reason: 'slow rose by 3.6 per 100; you allow 2.0', status: 'applied',
  epochBefore: 1, epochAfter: 2, weightsBefore: [0.5, 0.5], weightsAfter: [1, 0], policyHash: 'p', evidence: { analysis: 9 }, prevHash: '0', hash: 'h',
}
const summary = { headline: 'llama does harm.', sub: '', next: 'Everyone gets gemma.', conditions: [] }

describe('the type of an event', () => {
  it.each([
    [{}, 'variant.killed'],
    [{ action: 'start', variant: null }, 'experiment.started'],
    [{ action: 'promote' }, 'experiment.promoted'],
    [{ action: 'rollback' }, 'experiment.rolled_back'],
    [{ action: 'rollback', experiment: null }, 'model.rolled_back'],
    [{ action: 'champion', experiment: null }, 'model.champion_set'],
    [{ action: 'retrain', experiment: null }, 'model.retrain'],
    [{ action: 'promote', status: 'held' }, 'decision.held'],
    [{ action: 'promote', status: 'failed' }, 'decision.failed'],
    [{ action: 'reallocate' }, 'traffic.reallocated'],
    [{ action: 'something-new' }, 'decision.applied'],
  ] as const)('%o is %s', (change, type) => expect(eventTypeOf({ ...entry, ...change })).toBe(type))

  it('is written as Standard Webhooks advise', () => {
    for (const type of eventTypes) expect(type).toMatch(/^[a-z_]+\.[a-z_]+$/)
  })
})

describe('a filter', () => {
  it('lets through names, families or everything; tests only go to whoever asked for them', () => {
    expect(wants(['*'], 'decision.held')).toBe(true)
    expect(wants(['experiment.*'], 'experiment.started')).toBe(true)
    expect(wants(['experiment.*', 'decision.held'], 'decision.held')).toBe(true)
    expect(wants(['experiment.started'], 'experiment.stopped')).toBe(false)
    expect(wants([], 'experiment.started')).toBe(false)
    for (const filter of eventFilters) expect(wants([filter], 'webhook.test')).toBe(false)
  })
})

describe('a message', () => {
  const message = notificationOf('msg_1', entry, 41, { id: 9, at: '2025-12-31T23:59:50.000Z', summary })

  it('has what was decided and what the report said, with ids and times', () => {
    expect(message).toEqual({
      id: 'msg_1',
      type: 'variant.killed',
      timestamp: entry.at,
      text: 'assistant-7b: llama stopped by engine: slow rose by 3.6 per 100; you allow 2.0\nllama does harm.',
      data: {
        experiment: 'assistant-7b', model: 'assistant', seq: 4, decision: { ...entry, id: 41 }, summary,
        analysis: { id: 9, at: '2025-12-31T23:59:50.000Z' }, postMortem: null,
      },
    })
  })

  it('names the post-mortem that was opened, where one was', () => {
    const opened = notificationOf('msg_1', { ...entry, form: 2 }, 41, null)
    expect(opened.data.postMortem).toBe('/api/decisions/41/post-mortem')
    expect(opened.text).toMatch(/\nPost-mortem to be signed: \/api\/decisions\/41\/post-mortem$/)
    expect(notificationOf('msg_1', { ...entry, form: 2, status: 'held' }, 41, null).data.postMortem).toBeNull()
  })

  it('says what was held back, and does without a report', () => {
    const held = notificationOf('msg_1', { ...entry, action: 'promote', variant: 'qwen', status: 'held', reason: 'too early' }, 42, null)
    expect(held).toMatchObject({ type: 'decision.held', text: 'assistant-7b: promote qwen held back by engine: too early', data: { summary: null, analysis: null } })
    expect(notificationOf('msg_1', { ...entry, action: 'configure', experiment: null, variant: null }, 43, null).text).toContain('assistant: configured by engine')
  })

  it('cannot call everybody in a channel', () => {
    expect(notificationOf('msg_1', { ...entry, reason: '<!channel> & <@U1>' }, 1, null).text).toContain('&lt;!channel&gt; &amp; &lt;@U1&gt;')
  })

  it('of a test has the same fields', () => {
    const test = testNotification('msg_2', entry.at)
    expect(Object.keys(test).toSorted()).toEqual(Object.keys(message).toSorted())
    expect(Object.keys(test.data).toSorted()).toEqual(Object.keys(message.data).toSorted())
  })
})
