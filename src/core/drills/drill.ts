import { z } from 'zod'
import { Duration } from '../define/fields.ts'

/** The action of the ledger's entry that tells how a drill ended. */
export const drillAction = 'drill'

/** What can be rehearsed, in the order in which due ones are. */
export const drillTypes = ['rollback', 'breaker', 'fallback', 'silence'] as const
export const DrillType = z.enum(drillTypes)
export type DrillType = z.infer<typeof DrillType>

/** `abandoned`: its process ended in the middle. */
export const drillStates = ['running', 'passed', 'failed', 'abandoned'] as const
export type DrillState = (typeof drillStates)[number]

export const StartDrill = z.strictObject({
  type: DrillType.describe(
    'rollback: a candidate begins to fail, and a guardrail takes it back; breaker: all of its calls fail, and it is quarantined; ' +
    'fallback: the control fails, and a fallback stands in; silence: a candidate reports nothing and is taken back, then nobody does, and everything is held',
  ),
  limit: Duration.optional().describe('it has failed when it is not over after so long; default five minutes, or more where the engine looks seldom'),
})
export type StartDrill = z.infer<typeof StartDrill>

/** Of a policy: which drills are wanted, how often, and whether a promotion waits for them. */
export const DrillPolicy = z.strictObject({
  every: Duration.default('P30D').describe('so old a drill may be; the service starts due ones by itself'),
  types: z.array(DrillType).min(1).max(drillTypes.length).default(['rollback']),
  required: z.boolean().default(false).describe('nothing is promoted by itself unless the last drill of each type passed, within `every`; else an old one is told in the health of the report'),
})
export type DrillPolicy = z.infer<typeof DrillPolicy>

/** A drill as it is told. Times are the database's, ISO 8601. */
export type DrillView = {
  id: number
  type: DrillType
  state: DrillState
  actor: string
  startedAt: string
  /** When the fault began; null before. */
  faultAt: string | null
  /** When the decision was taken that it had to lead to. */
  detectedAt: string | null
  /** When the node that ran it answered the old version again. */
  revertedAt: string | null
  endedAt: string | null
  timeToDetectMs: number | null
  timeToRevertMs: number | null
  /** Units that were sent so far. */
  units: number
  /** Id of that decision in the ledger. */
  decision: number | null
  /** What came out, or how far it is. */
  text: string
}

/** How the last drill of a type that came to an end went. */
export type DrillFact = { type: DrillType; state: 'passed' | 'failed'; at: Date }
