import { describe, expect, it } from 'vitest'
import type { ListedExperiment, Overview, OverviewAsk } from '../../core/tell/overview.ts'
import { experimentLine, overviewPage, progressText } from './overview.ts'

const now = Date.parse('2026-11-21T14:00:00Z')
const ask: OverviewAsk = { show: 'all', model: null, limit: 200, before: null }

const experiment = (more: Partial<ListedExperiment> = {}): ListedExperiment => ({
  id: 1, key: 'assistant-7b', model: 'assistant', state: 'running', hypothesis: null, unit: 'user', mode: 'auto', maxDuration: 'P14D', winner: null,
  variants: ['gemma', 'qwen', 'llama'].map((key, place) => ({ key, version: String(place + 1), control: place === 0, status: place === 2 ? 'killed' : 'live' })),
  coverage: 0.2, weights: [0.5, 0.5, 0], holds: [], createdAt: '2026-11-18T10:00:00Z', startedAt: '2026-11-18T13:00:00Z', endedAt: null, waiting: null,
  postMortems: [], locked: [], startAt: null, latest: { id: 7, at: '2026-11-20T09:30:00Z', actor: 'engine', action: 'kill', variant: 'llama', status: 'applied', reason: 'slow', rule: 'manual' },
  analysis: {
    id: 3, at: '2026-11-21T13:59:00Z', state: 'running', headline: 'No clear difference yet between qwen and gemma.', units: 6_000, sampleRatio: 'PASS',
    checks: [{ check: 'split', verdict: 'PASS' }, { check: 'outcomes', verdict: 'NO_OUTCOME' }],
    comparisons: [{ metric: 'win', role: 'decision', variant: 'qwen', verdict: 'INCONCLUSIVE' }],
  },
  ...more,
})

const overview = (attention: ListedExperiment[], more: Partial<Overview> = {}): Overview => ({
  counts: { all: 8, attention: attention.length, running: 5, paused: 0, draft: 3, ended: 0, archived: 0 },
  experiments: [experiment()], next: null, attention, alerting: [], models: [], furtherModels: false, drill: null, ...more,
})

describe('a line of the overview', () => {
  it('says verdict, traffic of those that get any, day, checks and the last decision', () => {
    expect(experimentLine(experiment(), now)).toMatchObject({
      pill: { word: 'Not decided' }, headline: 'No clear difference yet between qwen and gemma.',
      shares: [{ key: 'gemma', text: '50 %', place: null }, { key: 'qwen', text: '50 %', place: 0 }],
      coverage: '20 % of users take part', progress: 'day 4 of 14', units: '6,000 users',
      checks: { text: '1 of 2 checks', failing: ['outcomes'] },
      last: { href: '/decisions/7', text: 'stopped llama', by: 'engine', atText: '20 Nov, 09:30' },
    })
  })

  it('sends nobody anywhere once it has ended, and says when it ran', () => {
    expect(experimentLine(experiment({ state: 'stopped', endedAt: '2026-11-20T13:00:00Z' }), now)).toMatchObject({
      shares: [], coverage: null, progress: '18 Nov–20 Nov, 2 days' })
    const analysis = { ...experiment().analysis!, checks: [{ check: 'split', verdict: 'PASS' as const }, { check: 'freshness', verdict: 'FAIL' as const }] }
    expect(experimentLine(experiment({ analysis }), now).checks).toEqual({ text: '1 of 2 checks', failing: ['freshness'] })
    expect(experimentLine(experiment({ state: 'stopped', endedAt: '2026-11-20T13:00:00Z', analysis }), now).checks).toEqual({ text: '2 of 2 checks', failing: [] })
  })

  it('says what was decided on the analysis that is stored last', () => {
    const latest = { ...experiment().latest!, action: 'rollback', reason: 'Qwen is slow.', rule: 'manual' }
    expect(experimentLine(experiment({ state: 'rolled_back', latest }), now).headline).toBe('Stopped: qwen is slow.')
    expect(experimentLine(experiment({ state: 'promoted', winner: 'qwen' }), now).headline).toBe('qwen was promoted.')
    expect(experimentLine(experiment({ state: 'stopped' }), now).headline).toBe('Ended without a clear winner.')
    expect(experimentLine(experiment({ state: 'paused' }), now).headline).toBe('No clear difference yet between qwen and gemma.')
  })

  it('says of a draft when it starts by itself, or why it has not', () => {
    const draft = experiment({ state: 'draft', startedAt: null, analysis: null, latest: null })
    expect(experimentLine(draft, now).headline).toBe('Nothing happens until somebody starts it.')
    expect(experimentLine({ ...draft, startAt: '2026-11-23T08:00:00+01:00' }, now).headline).toBe('It starts by itself on 2026-11-23 07:00 UTC.')
  })

  it('counts hours where there are no days to count', () => {
    expect(progressText(experiment({ maxDuration: 'PT12H', startedAt: '2026-11-21T09:00:00Z' }), now)).toBe('5 h of 12 h')
    expect(progressText(experiment({ state: 'draft', startedAt: null }), now)).toBe('not started')
  })
})

describe('the overview', () => {
  it('puts what is most urgent first, and says what to do', () => {
    const held = experiment({ key: 'held', holds: [{ reason: 'no_traffic', variant: null, metric: null, text: 'no user has come for 6 h', since: '2026-11-21T12:00:00Z', clean: 0 }] })
    const waiting = experiment({ key: 'waiting', waiting: { id: 9, at: '2026-11-21T13:00:00Z', actor: 'engine', action: 'promote', variant: 'qwen', status: 'held', reason: 'Better. A person decides.', rule: 'manual' } })
    const harm = experiment({ key: 'harm', waiting: { ...waiting.waiting!, id: 10, action: 'rollback' } })
    const page = overviewPage(overview([waiting, held, harm]), ask, now)
    expect(page.title).toBe('3 experiments need you')
    expect(page.needs.map(({ key, needs: [first] }) => [key, first?.word, first?.text, first?.sinceText, first?.href])).toEqual([
      ['harm', 'Harm', 'Better. A person decides.', '1 hour ago', '/experiments/harm#decision-10'],
      ['held', 'Silent', 'No user has come for 6 h.', '2 hours ago', '/experiments/held'],
      ['waiting', 'Your decision', 'Better. A person decides.', '1 hour ago', '/experiments/waiting#decision-9'],
    ])
  })

  it('tells why a draft did not start at its time, and leads to it', () => {
    const reason = 'Not started as scheduled for 2026-11-21 13:00 UTC: "old" is running and takes some of the same units.'
    const draft = experiment({ key: 'late', state: 'draft', startAt: '2026-11-21T13:00:00Z', waiting: { ...experiment().latest!, action: 'start', status: 'held', rule: 'schedule', reason } })
    expect(overviewPage(overview([draft]), ask, now).needs).toMatchObject([
      { key: 'late', needs: [{ word: 'Not started', urgent: false, text: reason, href: '/experiments/late', link: 'See the draft' }] }])
  })

  it('tells of a lock once: by the post-mortem that unlocks it, else by the version', () => {
    const [postMortem] = overviewPage(overview([experiment({ locked: ['2'], postMortems: [{ decision: 4, at: '2026-11-21T13:00:00Z', action: 'rollback', variant: 'qwen' }] })]), ask, now).needs
    expect(postMortem?.needs.map(({ text, href }) => [text, href])).toEqual([['Nobody has signed the post-mortem of the rollback of qwen.', '/decisions/4/post-mortem']])
    const [locked] = overviewPage(overview([experiment({ locked: ['2'] })]), ask, now).needs
    expect(locked?.needs.map(({ href }) => href)).toEqual(['/models/assistant#version-2'])
  })

  it('counts what there is, each count being a filter that keeps the model', () => {
    const page = overviewPage(overview([experiment({ locked: ['2'] })]), { ...ask, show: 'draft', model: 'assistant' }, now)
    expect(page.filters.map(({ text, href, current }) => [text, href, current])).toEqual([
      ['1 needs you', '/?show=attention&model=assistant', false], ['5 running', '/?show=running&model=assistant', false],
      ['3 drafts', '/?show=draft&model=assistant', true], ['8 in all', '/?model=assistant', false],
    ])
    expect(page.needs).toEqual([])
  })

  it('leads on to what is older, without telling again who is needed', () => {
    const page = overviewPage(overview([experiment({ locked: ['2'] })], { next: '41' }), { ...ask, before: '91' }, now)
    expect(page).toMatchObject({ older: '/?before=41', needs: [] })
  })

  it('says that there is nothing yet', () => {
    const none = { all: 0, attention: 0, running: 0, paused: 0, draft: 0, ended: 0, archived: 0 }
    expect(overviewPage(overview([], { counts: none, experiments: [] }), ask, now)).toMatchObject({ title: 'Nothing here yet', empty: true })
    expect(overviewPage(overview([]), ask, now).title).toBe('Nothing needs you')
  })
})
