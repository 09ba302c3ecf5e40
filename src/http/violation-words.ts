import type { z } from 'zod'
import { closest } from '../core/define/closest.ts'
import { plural } from '../core/describe/wording.ts'

type Issue = z.core.$ZodIssue
type Bound = { origin: string; inclusive?: boolean | undefined }

const oneOf = (values: readonly unknown[], given: unknown): string => {
  if (values.length === 1) return `expected ${JSON.stringify(values[0])}`
  const near = typeof given === 'string' ? closest(given, values.map(String)) : null
  return `expected one of ${values.map(String).join(', ')}${near === null ? '' : `; did you mean "${near}"?`}`
}

/** Of a list or a text: "items", "characters"; null of a number. */
const counted = (origin: string, number: number): string | null =>
  origin === 'string' ? plural('character', number) : origin === 'array' || origin === 'set' ? plural('item', number) : null

const atLeast = (least: number, { origin, inclusive }: Bound): string => {
  const parts = counted(origin, least)
  if (parts === null) return inclusive ? `must be at least ${least}` : `must be above ${least}`
  return least === 1 ? 'may not be empty' : `needs at least ${least} ${parts}`
}

const atMost = (most: number, { origin, inclusive }: Bound): string => {
  const parts = counted(origin, most)
  if (parts === null) return inclusive ? `may be at most ${most}` : `must be below ${most}`
  return `may have at most ${most} ${parts}`
}

/** What only zod has words for; schemas with words of their own begin otherwise. */
const zodsOwn = /^(Invalid |Too (small|big): )/

/** What is wrong, for people who have never heard of zod. */
export const wordsOf = (issue: Issue): string => {
  if (!zodsOwn.test(issue.message)) return issue.message
  if (issue.message.endsWith('received undefined') || (issue.code === 'invalid_value' && issue.input === undefined)) return 'is required'
  if (issue.code === 'too_small') return atLeast(Number(issue.minimum), issue)
  if (issue.code === 'too_big') return atMost(Number(issue.maximum), issue)
  if (issue.code === 'invalid_value') return oneOf(issue.values, issue.input)
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) return oneOf(issue.options, undefined)
  if (issue.code === 'invalid_type' && issue.expected === 'int') return 'expected a whole number'
  if (issue.code === 'invalid_format' && issue.format === 'datetime') return 'expected a time such as 2026-01-31T08:00:00Z'
  return issue.message.replace(/^Invalid input: /, '').replace('expected record', 'expected object')
}
