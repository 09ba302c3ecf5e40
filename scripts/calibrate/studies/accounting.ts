import { CreateExperiment, type MetricDefinition } from '../../../src/core/define/definitions.ts'
import { SimulationRequest } from '../../../src/core/simulate/request.ts'
import { simulateRun } from '../../../src/core/simulate/run.ts'
import type { Design } from '../../../src/core/simulate/truth.ts'
import type { Cell, Study } from '../study.ts'

const guardrails = ['errors', 'refusals', 'timeouts', 'complaints']
const candidates = ['b', 'c', 'd']
const margin = 0.02

const metrics = new Map<string, MetricDefinition>([
  ['win', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }],
  ...guardrails.map((key): [string, MetricDefinition] => [key, { key, kind: 'conversion', measure: key, direction: 'decrease' }]),
])

const definition = CreateExperiment.parse({
  key: 'accounting', model: 'm',
  variants: [{ key: 'a', version: '1', control: true }, ...candidates.map((key, index) => ({ key, version: String(index + 2) }))],
  metrics: [{ metric: 'win', role: 'decision' }, ...guardrails.map((metric) => ({ metric, role: 'guardrail', margin }))],
  stages: [{ allocation: 'fixed' }],
  policy: { maxDuration: 'P7D', minDuration: 'PT12H', onHarm: 'kill', plannedUnits: 10_000 },
})

/** `harm` is what each candidate adds to the rate of each guardrail; the margin at most. */
const designOf = (win: number, harm: number, drift: boolean): Design => {
  const effects = (value: number) => Object.fromEntries(candidates.map((key) => [key, value]))
  return {
    definition, metrics,
    request: SimulationRequest.parse({
      experiment: definition, traffic: { unitsPerDay: 3_000 },
      truth: {
        win: { baseline: 0.3, effects: effects(win) },
        ...Object.fromEntries(guardrails.map((key) => [key, { baseline: 0.05, effects: effects(harm) }])),
      },
      ...(drift ? { drift: { amplitude: 0.3 } } : {}),
    }),
  }
}

const cellOf = (truth: string, win: number, harm: number, drift: boolean): Cell => {
  const design = designOf(win, harm, drift)
  return {
    key: `${truth}${drift ? ', swinging' : ''}`,
    labels: { truth, baseline: drift ? 'swings daily' : 'steady' },
    runs: harm > 0 ? 500 : 300,
    quick: 3,
    claims: [{ measure: 'wrong kill or rollback', atMost: 0.05 }, { measure: 'wrong promotion', atMost: definition.policy.alpha }],
    run: (random) => {
      const { acted } = simulateRun(design, random)
      const ever = (promotes: boolean) => (acted.some(({ action, wrong }) => wrong && (action === 'promote') === promotes) ? 1 : 0)
      return { 'wrong kill or rollback': ever(false), 'wrong promotion': ever(true) }
    },
  }
}

export const accounting: Study = {
  name: 'accounting',
  title: 'Error accounting of a whole policy',
  about: [
    'A control, three candidates and four guardrails under the service’s own analysis and rules, looking some 250 times in a week of 21,000 units. *Every candidate exactly at every margin*: each of the twelve guardrail',
    'tests is as hard as it can be, and any kill is wrong. *No differences*: any kill and any promotion is wrong. The budgets are 0.05 for harm and 0.05 for promotions, over the whole experiment.',
  ].join('\n'),
  cells: [false, true].flatMap((drift) => [
    cellOf('every candidate exactly at every margin', 0, margin, drift),
    cellOf('no differences', 0, 0, drift),
  ]),
}
