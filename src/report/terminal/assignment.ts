import { decimal } from '../../core/describe/wording.ts'
import { columns } from './lines.ts'
import type { Look } from './report.ts'

export type AssignmentAnswer = {
  experiment: string | null
  variant: string | null
  version: string
  payload: unknown
  reason: string
  epoch: number | null
  propensity: number | null
  degraded: string[]
}

/** What one unit is served, why, and how likely that was. */
export const assignmentText = (answer: AssignmentAnswer, unit: string, { paint }: Look): string =>
  columns([
    ['unit', unit],
    ['variant', { text: answer.variant ?? 'none: outside the split', paint: paint.bold }],
    ['version', answer.version],
    ['reason', answer.reason],
    ['propensity', answer.propensity === null ? 'none' : decimal(answer.propensity, 4)],
    ...(answer.epoch === null ? [] : [['epoch', String(answer.epoch)]]),
    ['payload', JSON.stringify(answer.payload)],
    ...(answer.degraded.length > 0 ? [['degraded', { text: answer.degraded.join(', '), paint: paint.trouble }]] : []),
  ]).join('\n')
