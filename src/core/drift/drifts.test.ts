import { describe, expect, it } from 'vitest'
import { bucketOf, noMoments, perUnitMoments, seededRandom } from '../../../stats/index.ts'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import type { AnalysisInput, EpochData } from '../analyze/analysis-input.ts'
import { analyze } from '../analyze/analyze.ts'
import { decideAll } from '../decide/decide-all.ts'
import { driftPlans } from './drifts.ts'

const drift = [{ measure: 'score', kind: 'numeric', period: 'PT0S' } as const]
const { normal } = seededRandom(5)

const sketchOf = (values: readonly number[]) => {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1)
  const ordered = [...counts].toSorted(([one], [other]) => one - other)
  return { buckets: ordered.map(([bucket]) => bucket), counts: ordered.map(([, count]) => count) }
}

/** An epoch an hour in which 600 units of each arm told their score, moved by so much. */
const epochOf = (at: number, shifts: readonly number[], weights: number[]): EpochData => ({
  epoch: at + 1, coverage: 1, weights, startedAt: hours(at), endedAt: hours(at + 1), sealed: true, late: 0, crossed: 0, rebuilt: 0,
  arms: shifts.map((shift, arm) => {
    const units = weights[arm] === 0.5 ? 600 : Math.round(30_000 * weights[arm]!)
    const part = (share: number): number => Math.round(share * units)
    return {
      units, reporting: units, outcomes: units,
      metrics: [perUnitMoments(units, part(0.4), part(0.4)), perUnitMoments(units, part(0.05), part(0.05)), { ...noMoments, n: 600, sumY: 600, sumYY: 600 }],
      sketches: [null, null, sketchOf(Array.from({ length: 600 }, () => normal() + shift))],
    }
  }),
})

const after = (shifts: readonly (readonly number[])[], draft: object = {}, weights = [0.5, 0.5]): AnalysisInput => {
  const input = experimentAfter(shifts.length, [win, slow], [{ arms: [{ units: 1, metrics: [0, 0] }, { units: 1, metrics: [0, 0] }] }], { drift, ...draft })
  return {
    ...input, metrics: [...input.metrics, ...driftPlans(drift, input.metrics)],
    epochs: shifts.map((own, at) => epochOf(at, own, weights)),
  }
}

const calm = [[0, 0], [0, 0], [0, 0]]
const bandit = { stages: [{ allocation: 'bandit', interval: 'PT1M', minOutcomes: 1 }] }

describe('drift of an experiment', () => {
  it('is told of the one variant whose values have moved, holds, and stops nobody', () => {
    const analysis = analyze(after([...calm, [0, 1]]))
    expect(analysis.holds).toMatchObject([{ reason: 'drift', variant: 'qwen', metric: 'score' }])
    expect(analysis.holds[0]?.text).toMatch(/^the values of score have moved with qwen alone: qwen has a stability index 0\.\d\d of 600 values up to 2026-03-01 04:00 UTC against the first 600, where chance stays below 0\.2$/)
    expect(analysis.report.health).toContainEqual(expect.objectContaining({ check: 'drift', verdict: 'FAIL' }))
    expect(analysis.report.warnings.join()).toContain('Nothing is promoted or moved: the values of score have moved with qwen alone')
    const { decisions } = decideAll(analysis)
    expect(decisions.map(({ action }) => action)).toEqual(['hold'])
  })

  it('says that the world has changed where all variants have moved alike', () => {
    const { holds } = analyze(after([...calm, [1, 1]]))
    expect(holds).toMatchObject([{ reason: 'drift', variant: null, metric: 'score' }])
    expect(holds[0]?.text).toContain('have moved with all variants alike, so what comes in has changed')
  })

  it('does not call one alone while it is not known of the others', () => {
    const input = after([...calm, [0, 1]])
    for (const arm of [input.epochs[1]!, input.epochs[2]!, input.epochs[3]!].map(({ arms }) => arms[0]!)) {
      arm.sketches = [null, null, { buckets: [], counts: [] }]
      arm.metrics[2] = noMoments
    }
    expect(analyze(input).holds[0]?.text).toMatch(/have moved with qwen: /)
  })

  it('holds nothing while values stay as they were, and says so', () => {
    const still = analyze(after(Array.from({ length: 40 }, () => [0, 0])))
    expect(still.holds).toEqual([])
    expect(still.drifting.map(({ track }) => track.windows)).toEqual([39, 39])
    expect(still.report.health.at(-1)).toEqual({ check: 'drift', verdict: 'PASS', text: 'The values of score are spread as they were at first.' })
    expect(analyze(after([[0, 0]])).report.health.at(-1)?.text).toBe('Not compared yet: score of gemma, score of qwen. Each needs 500 values to compare with, and 500 more.')
  })

  it('goes on from what was kept, whatever has become of epochs that were judged', () => {
    const whole = after([...calm, [0, 1], [0, 1]])
    const kept = JSON.parse(JSON.stringify(analyze({ ...whole, epochs: whole.epochs.slice(0, 4) }).drift)) as NonNullable<typeof whole.experiment.drift>
    const changed = whole.epochs.map((epoch, at) => (at < 3 ? epochOf(at, [9, 9], [0.5, 0.5]) : epoch))
    expect(analyze({ ...whole, epochs: changed, experiment: { ...whole.experiment, drift: kept } }).drift).toEqual(analyze(whole).drift)
    // another scope begins anew
    expect(analyze({ ...whole, experiment: { ...whole.experiment, drift: { ...kept, scope: 9 } } }).drift).toEqual(analyze(whole).drift)
  })

  it('waits until an epoch is over and its units have had their window', () => {
    const input = after([...calm, [0, 1]], { window: 'PT2H' })
    expect(analyze(input).drifting[0]?.track.upTo).toBe(2)
    expect(analyze({ ...input, now: hours(6) }).holds).toHaveLength(1)
  })

  it('looks after live variants alone', () => {
    const input = after([...calm, [0, 1]])
    const [gemma, qwen] = input.experiment.variants
    expect(analyze({ ...input, experiment: { ...input.experiment, variants: [gemma!, { ...qwen!, status: 'killed' }] } }).holds).toEqual([])
  })

  it('gives every variant of a bandit more at once, for a week, and forgets faster from then on', () => {
    const weights = [0.98, 0.02]
    const moved = after([...calm, [1, 1]], bandit, weights)
    const [move, hold] = decideAll(analyze(moved)).decisions
    expect(move).toMatchObject({ action: 'reallocate', rule: 'bandit-widen', traffic: { next: { weights: [expect.closeTo(0.932, 6), expect.closeTo(0.068, 6)] } } })
    expect(move?.reason).toMatch(/^Every variant gets at least 5 % for a week, gemma from 98 % to 93\.2 %, qwen from 2 % to 6\.8 %: the values of score/)
    expect(hold?.action).toBe('hold')
    const calmOne = decideAll(analyze(after([...calm, [0, 0]], bandit, weights))).decisions
    expect(calmOne.map(({ rule }) => rule)).not.toContain('bandit-widen')
    // once each has enough, nothing moves while it holds
    expect(decideAll(analyze(after([...calm, [1, 1]], bandit, [0.932, 0.068]))).decisions.map(({ action }) => action)).toEqual(['hold'])
    const beliefs = [calm, [...calm.slice(0, 2), [1, 1]]].map((shifts) => {
      const input = after(shifts, bandit, weights)
      // what came before the alarm counts less and less from then on
      return analyze({ ...input, now: hours(24 * 14) }).belief
    })
    expect(beliefs[0]).not.toEqual(beliefs[1])
  })
})
