import { expect, it } from 'vitest'
import { CreateExperiment } from '../../core/define/definitions.ts'
import type { SimulationResult } from '../../core/simulate/request.ts'
import type { SimulationView } from '../../core/tell/views.ts'
import { plain } from '../terminal/paint.ts'
import { simulationText } from '../terminal/simulation.ts'
import { planned } from './planned.ts'

const none = { estimate: 0, error: 0, lower: 0, upper: 0.1 }
const result: SimulationResult = {
  runs: 60, units: none, regret: null, uniformRegret: null, daysToDecision: { mean: none, median: 3, p90: 4 },
  rates: { promoted: { b: none }, killed: {}, wrongPromotion: none, wrongKill: none, rolledBack: none, inconclusive: none, baking: none },
}
const note = 'Drift of <score> is not simulated: a shift, which holds, never comes here.'
const view = (of: SimulationResult) => ({ id: '1', error: null, progress: { done: 60, total: 60 }, result: of }) as SimulationView
const page = (of: SimulationResult): string =>
  String(planned({ plan: null, share: false, maxDays: 14, unit: 'user', same: view(of), hoped: view(of), open: null }))

it('what no run looked at is said once, below what came out, on the page and in the terminal', () => {
  expect(page({ ...result, notes: [note] }).match(/Drift of &lt;score&gt; is not simulated/g)).toHaveLength(1)
  expect(page(result)).not.toContain('not simulated')
  const definition = CreateExperiment.parse({
    key: 'trial', model: 'm', variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }], metrics: [], stages: [{ allocation: 'fixed' }],
  })
  expect(simulationText({ ...result, notes: [note] }, definition, { paint: plain, width: 100 }).split('\n').at(-1)).toBe(`  ${note}`)
})
