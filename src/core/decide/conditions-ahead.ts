import type { Analysis, Condition } from '../analyze/analysis.ts'
import { bakeConditions } from './bake-conditions.ts'
import { conditionsOf, leaderOf } from './conditions.ts'
import { switchConditions } from './decide-switch.ts'
import { atSwitch } from './position.ts'
import { rampConditions } from './ramp.ts'

/** What stands before what comes next: the end of a bake, a switch, the next step or stage, else the promotion of who leads. */
export const conditionsAhead = (analysis: Analysis): Condition[] => {
  const { experiment } = analysis.input
  if (experiment.state === 'baking') return bakeConditions(analysis)
  const leader = leaderOf(analysis)
  if (leader === null) return []
  if (atSwitch(experiment)) return switchConditions(analysis)
  const ramp = rampConditions(analysis)
  return ramp.length > 0 ? ramp : conditionsOf(analysis, leader)
}
