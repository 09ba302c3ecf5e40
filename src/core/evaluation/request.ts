import { z } from 'zod'

/** Beyond it, squares of weighted rewards would not stay finite. */
const largest = 1e50
const mostRows = 50_000
const mostGroups = 20_000
const Reward = z.number().min(-largest).max(largest)

const action = {
  propensity: z.number().gt(1e-12).max(1)
    .describe('probability with which the policy that wrote the log drew the action that was taken; as an assignment tells it'),
  target: z.number().min(0).max(1).describe('probability with which the policy to be valued would have drawn that action'),
  model: Reward.optional().describe('predicted reward of the action taken, from other rows than these; all rows have it, or none'),
  modelValue: Reward.optional()
    .describe('predicted reward of the target policy in the same situation: Σ target·prediction over its actions'),
}

const Row = z.strictObject({ reward: Reward.describe('what came of it; 0 or 1 where binary, within 0 and 1 where bounded'), ...action })
const Group = z.strictObject({
  n: z.int().min(1).max(1e12).describe('rows with these same probabilities'),
  successes: z.int().min(0).optional().describe('of binary outcomes: rows with reward 1'),
  sum: Reward.optional().describe('Σ reward, of other outcomes'),
  sumSquares: z.number().min(0).max(largest).optional().describe('Σ reward²'),
  ...action,
})
export type EvaluatedRow = z.infer<typeof Row>
export type EvaluatedGroup = z.infer<typeof Group>

type Report = (path: (string | number)[], message: string) => void

/** The part of the squares that rounding may take away. */
const rounding = 1e-9

const checkRow = (outcomes: string, { reward }: EvaluatedRow, report: Report): void => {
  if (outcomes === 'binary' && reward !== 0 && reward !== 1) report(['reward'], `must be 0 or 1, for outcomes are binary; got ${reward}`)
  if (outcomes === 'bounded' && !(reward >= 0 && reward <= 1)) report(['reward'], `must lie in [0, 1], for outcomes are bounded; got ${reward}`)
}

const checkGroup = (outcomes: string, { n, successes, sum, sumSquares }: EvaluatedGroup, report: Report): void => {
  if (outcomes === 'binary') {
    if (sum !== undefined) report(['sum'], 'is of other outcomes; these are binary: tell successes')
    if (sumSquares !== undefined) report(['sumSquares'], 'is of other outcomes; these are binary: tell successes')
    if (successes === undefined) report(['successes'], 'is required')
    else if (successes > n) report(['successes'], `must be at most n, ${n}`)
    return
  }
  if (successes !== undefined) report(['successes'], `only binary outcomes have them; these are ${outcomes}`)
  if (sum === undefined) report(['sum'], 'is required')
  if (sumSquares === undefined) report(['sumSquares'], 'is required')
  if (sum === undefined || sumSquares === undefined) return
  if (sumSquares * n < sum * sum * (1 - rounding)) report(['sumSquares'], `must be at least sum²/n, ${(sum * sum) / n}`)
  if (outcomes === 'bounded' && !(sum >= 0 && sum <= n)) report(['sum'], `must lie in [0, n], for outcomes are bounded; got ${sum}`)
  else if (outcomes === 'bounded' && sumSquares > sum * (1 + rounding)) report(['sumSquares'], 'must be at most sum, for outcomes are bounded')
}

const checkModels = (list: readonly { model?: number | undefined; modelValue?: number | undefined }[], report: Report): void => {
  const models = list.some(({ model, modelValue }) => model !== undefined || modelValue !== undefined)
  if (!models) return
  for (const name of ['model', 'modelValue'] as const) {
    const at = list.findIndex((one) => one[name] === undefined)
    if (at >= 0) report([at, name], 'is required: every row has model and modelValue, or none has')
  }
}

/** A log and a policy to be valued by it; strict, each complaint naming its field. */
export const EvaluationRequest = z
  .strictObject({
    outcomes: z.enum(['binary', 'bounded', 'real']).describe('what rewards are: 0 or 1; any number within 0 and 1; any number'),
    method: z.enum(['fixed', 'sequential']).default('fixed')
      .describe('fixed: a log that is complete, read once. sequential: one that grows, whose ranges hold at every reading'),
    alpha: z.number().min(1e-9).lt(0.5).default(0.05).describe('chance that a range misses, two-sided'),
    plannedRows: z.number().min(4).max(1e12).optional().describe('of sequential: where it is tightest; default 5,000'),
    rows: z.array(Row).min(1).max(mostRows).optional().describe('the log, in the order in which it came'),
    groups: z.array(Group).min(1).max(mostGroups).optional()
      .describe('in place of rows: sums over rows with the same probabilities (and predictions), of any number of rows'),
  })
  .superRefine(({ outcomes, method, plannedRows, rows, groups }, context) => {
    const report: Report = (path, message) => void context.addIssue({ code: 'custom', path, message })
    if (!rows && !groups) report(['rows'], 'is required, or `groups`')
    if (rows && groups) report(['groups'], 'say the same as rows: give one of the two')
    if (plannedRows !== undefined && method !== 'sequential') report(['plannedRows'], `is for the method sequential; this is ${method}`)
    rows?.forEach((row, index) => checkRow(outcomes, row, (path, message) => report(['rows', index, ...path], message)))
    groups?.forEach((group, index) => checkGroup(outcomes, group, (path, message) => report(['groups', index, ...path], message)))
    checkModels(rows ?? groups ?? [], (path, message) => report([rows ? 'rows' : 'groups', ...path], message))
  })
export type EvaluationRequest = z.infer<typeof EvaluationRequest>
