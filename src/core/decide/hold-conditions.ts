import type { Analysis, Condition } from '../analyze/analysis.ts'
import { frozenAt } from '../define/freeze-windows.ts'
import { holdWords } from './holds.ts'
import { minuteText } from '../describe/wording.ts'

/** Told only while something holds. */
export const holdConditions = ({ holds }: Analysis): Condition[] =>
  holds.length === 0 ? [] : [{ kind: 'hold', text: 'nothing speaks against it', met: false, current: holdWords(holds), needed: 'no alarm for some looks' }]

/** Told only where windows are declared. */
export const freezeConditions = ({ input }: Analysis): Condition[] => {
  const { freeze = [] } = input.experiment.definition.policy
  if (freeze.length === 0) return []
  const frozen = frozenAt(freeze, input.now)
  return [{
    kind: 'freeze', text: 'no freeze window is on', met: frozen === null,
    current: frozen === null ? 'none' : `until ${minuteText(frozen.until)}${frozen.reason === null ? '' : `: ${frozen.reason}`}`,
    needed: 'none',
  }]
}
