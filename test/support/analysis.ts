import { type Moments, noMoments, perUnitMoments } from '../../stats/index.ts'
import type { AnalysisInput, EpochData } from '../../src/core/analyze/analysis-input.ts'
import { CreateExperiment, type MetricDefinition } from '../../src/core/define/definitions.ts'
import { planOf } from '../../src/core/analyze/metric-plan.ts'

type Draft = Partial<Parameters<typeof CreateExperiment.parse>[0] & object>

const started = new Date('2026-03-01T00:00:00Z')
export const hours = (count: number): Date => new Date(started.getTime() + count * 3_600_000)

/** One arm in one epoch: units, and per metric its successes (of a conversion) or its moments; all report once unless told. */
export type ArmDraft = { units: number; metrics: (number | Moments)[]; reporting?: number; outcomes?: number }
export type EpochDraft = Partial<Pick<EpochData, 'weights' | 'late' | 'crossed' | 'rebuilt' | 'endedAt'>> & {
  arms: ArmDraft[]
}

const armOf = ({ units, metrics, reporting = units, outcomes = reporting }: ArmDraft) => ({
  units,
  reporting,
  outcomes,
  metrics: metrics.map((one) => (typeof one === 'number' ? perUnitMoments(units, one, one) : { ...noMoments, ...one })),
})

/** A running experiment as it stands after `age` hours, with the given metrics and counts. */
export const experimentAfter = (
  age: number,
  metrics: MetricDefinition[],
  epochs: EpochDraft[],
  draft: Draft = {},
  facts: Partial<AnalysisInput['experiment']> = {},
): AnalysisInput => {
  const arms = epochs[0]?.arms.length ?? 2
  const keys = ['gemma', 'qwen', 'llama', 'phi'].slice(0, arms)
  const definition = {
    ...CreateExperiment.parse({
      key: 'assistant',
      model: 'assistant',
      unguarded: true,
      variants: keys.map((key, arm) => ({ key, version: String(arm + 1), ...(arm === 0 ? { control: true } : {}) })),
      metrics: metrics.map(({ key }, index) => ({
        metric: key,
        role: index === 0 ? 'decision' : 'guardrail',
        ...(index === 0 ? {} : { margin: 0.02 }),
      })),
      stages: [{ allocation: 'fixed' }],
      ...draft,
    }),
    salt: 'salt',
  }
  const alpha = definition.policy.alpha
  return {
    experiment: {
      id: 1,
      key: 'assistant',
      model: 'assistant',
      state: 'running',
      definition,
      stage: 0,
      scope: 1,
      epoch: epochs.length,
      frozen: {
        plannedUnits: metrics.map(() => 5_000),
        promoteLevel: alpha / (arms - 1),
        killLevel: 0.01 / (arms * (arms - 1)),
      },
      variants: definition.variants.map(({ key, version, control }) => ({
        key,
        version,
        control: control === true,
        status: 'live' as const,
      })),
      revision: 1,
      winner: null,
      looks: {},
      startedAt: started,
      endedAt: null,
      ...facts,
    },
    metrics: metrics.map(planOf),
    epochs: epochs.map(({ arms: list, weights, endedAt = null, ...health }, index) => ({
      epoch: index + 1,
      coverage: 1,
      startedAt: hours(index),
      sealed: false,
      late: 0,
      crossed: 0,
      rebuilt: 0,
      weights: weights ?? list.map(() => 1 / list.length),
      endedAt,
      arms: list.map(armOf),
      ...health,
    })),
    now: hours(age),
    latestDecision: null,
  }
}

export const win: MetricDefinition = { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }
export const slow: MetricDefinition = { key: 'slow', kind: 'conversion', measure: 'slow', direction: 'decrease' }
