import { parentPort } from 'node:worker_threads'
import { planPower, type PowerPlan } from '../core/power/plan.ts'
import type { PowerRequest } from '../core/power/request.ts'
import { type ErrorCode, ServiceError, type Violation } from '../errors.ts'

export type Asked = { id: number; request: PowerRequest }
/** Errors lose their class on the way between threads. */
export type Answered = { id: number } & (
  | { plan: PowerPlan }
  | { refused: { code: ErrorCode; message: string; violations: Violation[] } }
  | { failed: string }
)

const answer = ({ id, request }: Asked): Answered => {
  try {
    return { id, plan: planPower(request) }
  } catch (error) {
    if (!(error instanceof ServiceError)) return { id, failed: String(error) }
    const { code, message, violations } = error
    return { id, refused: { code, message, violations: [...violations] } }
  }
}

parentPort?.on('message', (asked: Asked) => parentPort?.postMessage(answer(asked), []))
