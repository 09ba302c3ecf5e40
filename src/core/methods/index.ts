import type { Policy } from '../define/definitions.ts'
import { bayesian } from './bayesian.ts'
import { exact } from './exact.ts'
import { fixed } from './fixed.ts'
import { groupSequential } from './group-sequential.ts'
import type { Method } from './method.ts'
import { sequential } from './sequential.ts'

/** How a decision metric is judged, by the name that a policy gives it. Guardrails have tests of their own. */
export const methods: Record<Policy['method'], Method> = {
  sequential,
  exact,
  'group-sequential': groupSequential,
  fixed,
  bayesian,
}
