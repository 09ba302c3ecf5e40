import { describe, expect, it } from 'vitest'
import { experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../../core/analyze/analyze.ts'
import type { ExperimentView } from '../../core/tell/views.ts'
import { dayWords, headOf } from './head.ts'
import { forestGroups } from './forest.ts'
import { setupOf } from './setup.ts'

const shown = (arms: [number, number, number][], draft: object = {}) => {
  const input = experimentAfter(48, [{ ...win, name: 'answers preferred' }, slow], [{ arms: arms.map(([units, wins, slows]) => ({ units, metrics: [wins, slows] })) }], draft)
  const { definition, startedAt } = input.experiment
  const experiment = { ...definition, state: 'running', winner: null, startedAt: startedAt?.toISOString() ?? null, endedAt: null } as unknown as ExperimentView
  const metrics = new Map([win, slow].map((one) => [one.key, { ...one, ...(one.key === 'win' && { name: 'answers preferred' }) }]))
  return { experiment, report: analyze(input).report, metrics }
}

describe('rows of the forest', () => {
  it('are signed, in points, and rounded to the second significant digit of their range', () => {
    const [decision] = forestGroups(shown([[6_000, 2_400, 600], [6_000, 2_900, 600]]))
    const row = decision?.rows[0]
    expect(decision).toMatchObject({ name: 'Answers preferred', role: 'decision', unit: 'percentage points' })
    expect(row).toMatchObject({ controlValue: '40.0 %', variantValue: '48.3 %', estimate: '+8.3 pp', pill: { word: 'Better' }, room: null })
    expect([row?.lower, row?.upper].join(' ')).toMatch(/^\+\d\.\d \+1\d\.\d$/)
  })

  it('tell of a guardrail what is allowed, the worst that is plausible, and the room between', () => {
    const room = (slows: number) => forestGroups(shown([[6_000, 2_400, 600], [6_000, 2_410, slows]]))[1]?.rows[0]
    expect(room(600)).toMatchObject({ pill: { word: 'Safe' }, room: { allowed: '+2.0 pp', worst: expect.stringMatching(/^\+1\.\d pp$/), left: expect.stringMatching(/^0\.\d pp$/) } })
    expect(room(900)).toMatchObject({ pill: { word: 'Harmful' }, room: { left: expect.stringMatching(/^none: \d\.\d pp over$/) } })
    expect(room(560)?.estimate).toMatch(/^\u22120\.\d+ pp$/)
  })

  it('never reach further than shares do', () => {
    const { report, ...source } = shown([[60, 1, 1], [60, 59, 58]])
    for (const { difference } of report.comparisons) expect([difference.lower ?? -1, difference.upper ?? 1].every((end) => Math.abs(end) <= 1)).toBe(true)
    for (const { harm } of report.guardrails) expect([harm.lower ?? -1, harm.upper ?? 1].every((end) => Math.abs(end) <= 1)).toBe(true)
    const shownEnds = forestGroups({ report, ...source }).flatMap(({ rows }) => rows.flatMap(({ lower, upper, room }) => [lower, upper, room?.worst]))
    for (const end of shownEnds) expect(Math.abs(Number.parseFloat((end ?? '0').replace('\u2212', '-'))) || 0).toBeLessThanOrEqual(100)
  })

  it('are on hold, pill and drawing, while the split is wrong', () => {
    const groups = forestGroups(shown([[7_000, 2_800, 700], [6_000, 2_900, 600]]))
    for (const { pill, mark } of groups.flatMap(({ rows }) => rows)) expect([pill.word, mark.verdict, mark.word]).toEqual(['On hold', 'INCONCLUSIVE', null])
  })

  it('say what is not known in words', () => {
    expect(forestGroups(shown([[0, 0, 0], [0, 0, 0]]))[0]?.rows[0]).toMatchObject({ estimate: 'not known yet', controlValue: '–', lower: null, pill: { word: 'No traffic' } })
  })
})

describe('head and setup', () => {
  it('count days from the start, and stop at the end', () => {
    const { experiment, report } = shown([[10, 1, 1], [10, 1, 1]])
    expect(dayWords({ experiment, report })).toBe('day 3 of 14')
    expect(dayWords({ experiment: { ...experiment, endedAt: '2026-03-02T00:00:00Z' }, report })).toBe('ended after 24 h')
    expect(dayWords({ experiment: { ...experiment, startedAt: null }, report })).toBeNull()
  })

  it('leave out of the definition what came after it', () => {
    const definition = JSON.parse(setupOf(shown([[10, 1, 1], [10, 1, 1]]).experiment)) as Record<string, unknown>
    expect(definition).toMatchObject({ key: 'assistant', salt: 'salt', policy: { method: 'sequential' } })
    expect(Object.keys(definition)).not.toContain('state')
  })

  it('the toolbar of what was promoted names what its button undoes', () => {
    const { experiment, report, metrics } = shown([[10, 1, 1], [10, 1, 1]])
    const source = { experiment: { ...experiment, state: 'promoted', winner: 'qwen', gates: [] }, report, metrics, past: false } as unknown as Parameters<typeof headOf>[0]
    expect(headOf(source).acts).toEqual([{ action: 'rollback', text: 'Undo the promotion of qwen…', danger: true }])
  })
})
