import type { DecisionView } from '../../core/tell/views.ts'
import { percent } from '../../core/describe/wording.ts'

export type Moved = { key: string; before: string; after: string }

const shareText = (weight: number | undefined): string => percent(Math.round((weight ?? 0) * 1_000) / 1_000)

/** Who now gets more or less than before, by name. */
export const movedOf = ({ weightsBefore, weightsAfter }: Pick<DecisionView, 'weightsBefore' | 'weightsAfter'>, keys: readonly string[]): Moved[] =>
  weightsAfter.flatMap((weight, arm) => {
    const [before, after] = [shareText(weightsBefore[arm]), shareText(weight)]
    return before === after ? [] : [{ key: keys[arm] ?? String(arm), before, after }]
  })
