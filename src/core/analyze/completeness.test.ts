import { describe, expect, it } from 'vitest'
import { type EpochDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import { decide } from '../decide/decide.ts'
import type { Frozen, MetricDefinition } from '../define/definitions.ts'
import { dueAt } from '../decide/due.ts'
import { freeze } from '../define/freeze.ts'
import { accountsOf, levelsOf } from './levels.ts'
import { digestOfInput } from './maturity.ts'
import { completenessOf } from '../define/reporting.ts'

const frozen: Frozen = { plannedUnits: [5_000, 5_000], promoteLevel: 0.05, killLevel: 0.01, completeness: { reportBy: 'PT2H', margin: 0.02 } }
type Arm = [units: number, reporting: number]

/** Epochs of one hour, the last open; so many win and are slow of those that report. */
const hourly = (epochs: Arm[][]): EpochDraft[] =>
  epochs.map((arms, index) => ({
    endedAt: index < epochs.length - 1 ? hours(index + 1) : null,
    arms: arms.map(([units, reporting]) => ({ units, reporting, metrics: [Math.round(reporting * 0.4), Math.round(reporting * 0.1)] })),
  }))
const at = (epochs: Arm[][], age = epochs.length - 0.5, draft = {}, facts = {}) =>
  experimentAfter(age, [win, slow], hourly(epochs), draft, { frozen, ...facts })
const guardrail = (...args: Parameters<typeof at>) => analyze(at(...args)).guardrails.find(({ metric }) => metric === 'completeness')
const repeated = <Value>(value: Value, times: number): Value[] => Array.from({ length: times }, () => value)

const fine: Arm[] = [[200, 197], [200, 196]]
const mute: Arm[] = [[200, 197], [200, 0]]
const dead: Arm[] = [[200, 0], [200, 0]]

describe('completeness', () => {
  it('is a guardrail where a metric is reported by every unit, and counts among them', () => {
    const mean: MetricDefinition = { key: 'latency', kind: 'mean', measure: 'ms', direction: 'decrease', cap: 9 }
    const definition = at([fine]).experiment.definition
    const known = (...metrics: MetricDefinition[]) => new Map(metrics.map((one) => [one.key, one]))
    expect(completenessOf(definition, known(win, slow))).toBeUndefined()
    expect(completenessOf(definition, known(win, { ...slow, reports: 'every' }))).toEqual({ reportBy: 'PT1H', margin: 0.02 })
    const three = { ...definition, metrics: [...definition.metrics, { metric: 'latency', role: 'diagnostic' as const }] }
    expect(freeze(three, known(win, slow, mean)).frozen.completeness).toEqual({ reportBy: 'PT1H', margin: 0.02 })
    expect(freeze(three, known(win, slow, { ...mean, reports: 'event' })).frozen.completeness).toBeUndefined()
    expect(completenessOf({ ...three, window: 'P1D' }, known(mean))?.reportBy).toBe('P1D')
    expect(completenessOf({ ...three, window: 'P1D', reportBy: 'PT6H' }, known(mean))?.reportBy).toBe('PT6H')

    expect(accountsOf(definition, frozen).fail).toBe(accountsOf(definition).fail / 2)
    expect(levelsOf(at([fine]), definition.metrics[1]!, 1).harm.alpha).toBe(0.01)
  })

  it('fails a variant that says nothing, and rolls it back by its own rule', () => {
    const analysis = analyze(at(repeated(mute, 5)))
    expect(analysis.report.guardrails.map(({ metric, verdict }) => [metric, verdict])).toContainEqual(['completeness', 'FAIL'])
    const [decision] = decide(analysis).decisions
    expect(decision).toMatchObject({ action: 'rollback', variant: 'qwen', rule: 'completeness', status: 'applied' })
    expect(decision?.reason).toBe('qwen leaves more units without a report than gemma, by more than the 2 of 100 that are allowed.')
    expect(analysis.report.summary.headline).toMatch(/^qwen does harm: 9\d(\.\d)? more of 100 users reported nothing than with gemma; no more than 2(\.0)? are tolerated\.$/)
  })

  it('fails one that says less, and kills it alone while another candidate lives', () => {
    const less: Arm[] = [[200, 197], [200, 170], [200, 197]]
    const [decision, ...others] = decide(analyze(at(repeated(less, 12), 11.5, {}, { frozen: { ...frozen, promoteLevel: 0.025 } }))).decisions
    expect([decision, others]).toMatchObject([{ action: 'kill', variant: 'qwen', rule: 'completeness' }, []])
  })

  it('waits until units have had their time to report', () => {
    expect(guardrail(repeated(mute, 2))).toMatchObject({ verdict: 'INSUFFICIENT', harm: { estimate: null, lower: null, upper: null } })
    expect(guardrail(repeated(mute, 3), 2.5)?.verdict).toBe('INSUFFICIENT')
    expect(guardrail(repeated(mute, 3), 3)?.verdict).toBe('FAIL')
  })

  it('counts a report that comes too late as none, where that is known', () => {
    const late = (timely: Arm) => {
      const input = at(repeated(fine, 6))
      const epochs = input.epochs.map((epoch) => ({ ...epoch, arms: epoch.arms.map((arm, index) => ({ ...arm, timely: timely[index]! })) }))
      return analyze({ ...input, epochs })
    }
    const analysis = late([197, 120])
    expect(analysis.report.guardrails.find(({ metric }) => metric === 'completeness'))
      .toMatchObject({ verdict: 'FAIL', harm: { estimate: expect.closeTo(77 / 200, 12) } })
    expect(decide(analysis).decisions).toMatchObject([{ action: 'rollback', rule: 'completeness' }])
    // everybody reports in the end: the pipeline is not broken
    expect(analysis.report.variants.map(({ reportRate }) => reportRate)).toEqual([197 / 200, 196 / 200])
    expect(analysis.holds).toEqual([])
    expect(late([0, 0]).report.guardrails.find(({ metric }) => metric === 'completeness')?.verdict).not.toBe('FAIL')
  })

  describe('day by day', () => {
    const day = (arms: Arm[]): Arm[][] => repeated(arms, 24)
    const well: Arm[] = [[40, 38], [40, 38]]
    const worse: Arm[] = [[40, 38], [40, 32]]
    const nineDays = repeated(well, 9 * 24)
    const from = { startedAt: new Date(at([well]).epochs[0]!.startedAt) }
    const late = (last: Arm[][], facts: object = { reopened: 0 }) => analyze(at([...nineDays, ...last], undefined, {}, { ...from, ...facts }))

    it('finds a variant that falls silent late among those who come new, where the days before outweigh them', () => {
      const analysis = late(day(worse))
      expect(analysis.guardrails.find(({ metric }) => metric === 'completeness')?.verdict).not.toBe('FAIL')
      expect(analysis.daily.filter(({ verdict }) => verdict === 'FAIL')).toMatchObject([{ metric: 'completeness', variant: 'qwen' }])
      const [decision] = decide(analysis).decisions
      expect(decision).toMatchObject({ action: 'rollback', variant: 'qwen', rule: 'completeness', status: 'applied' })
      expect(decision?.reason).toMatch(/^qwen left more of the units that came on \d{4}-\d\d-\d\d without a report than gemma/)
      expect(analysis.report.guardrails.find(({ metric }) => metric === 'completeness')?.generation?.verdict).toBe('FAIL')
    })

    it('blames nobody for a day on which all report less, nor for one as good as the others', () => {
      for (const last of [day([[40, 20], [40, 20]]), day(well)]) expect(decide(late(last)).decisions.filter(({ action }) => action !== 'hold')).toEqual([])
    })

    it('is asked where scopes are counted, and never of the day on which the stage began anew', () => {
      expect(late(day(worse), {}).daily).toEqual([])
      const anew = analyze(at(day(worse).slice(0, 23), undefined, {}, { ...from, reopened: 1 }))
      expect(anew.daily.filter(({ metric }) => metric === 'completeness')).toEqual([])
    })
  })

  it('blames nobody when all fall silent, then or from the start', () => {
    for (const epochs of [repeated(dead, 8), [...repeated(fine, 6), ...repeated(dead, 6)]]) {
      const analysis = analyze(at(epochs))
      expect(analysis.guardrails.find(({ metric }) => metric === 'completeness')?.verdict).toBe('NO_OUTCOME')
      expect(decide(analysis).decisions).toMatchObject([{ action: 'hold', evidence: { reasons: [{ reason: 'no_outcome', variant: null }] } }])
    }
  })

  it('must pass before anybody is promoted', () => {
    const condition = (epochs: Arm[][]) => analyze(at(epochs)).conditions.find(({ text }) => text === 'as many report as with gemma')
    expect(condition(repeated(fine, 3))).toMatchObject({ kind: 'guardrail', met: false })
    expect(condition(repeated(fine, 30))).toMatchObject({ kind: 'guardrail', met: true })
    expect(guardrail(repeated(fine, 30))?.verdict).toBe('PASS')
    expect(analyze(at(repeated(fine, 30), 29.5, {}, { frozen: { ...frozen, completeness: undefined } })).guardrails).toHaveLength(1)
  })

  it('is looked at when an epoch has had its time, though no number has changed', () => {
    expect(dueAt(at(repeated(mute, 3), 2.5))).toBe(hours(3).getTime())
    expect(digestOfInput(at(repeated(mute, 3), 2.9))).not.toBe(digestOfInput(at(repeated(mute, 3), 3)))
  })
})
