import { z } from 'zod'
import { Key, VersionName } from '../../core/define/definitions.ts'
import { listOf, Moment, Time } from './common.ts'
import { ApiCall, Fields } from './decisions.ts'

const PostMortemItem = z
  .object({
    decision: z.int(), experiment: Key, model: Key, variant: Key.nullable().describe('null: all candidates'), action: z.string(), rule: z.string(),
    actor: z.string(), reason: z.string(), locked: z.array(VersionName).describe('stay locked until it is signed'), openedAt: Time,
    signature: z.object({ at: Time, by: z.string(), note: z.string(), decision: z.int() }).nullable().describe('null while it is open'),
  })
  .meta({ id: 'PostMortemItem' })
export const PostMortems = listOf(PostMortemItem)

export const PostMortem = PostMortemItem.extend({
  timeline: z.array(z.object({ at: Time, kind: z.enum(['start', 'traffic', 'harm', 'decision', 'champion', 'signed']), text: z.string(), decision: z.int().nullable() })),
  units: z.record(Key, z.object({ atDecision: z.int().nullable(), exposed: z.int() })).describe('units exposed to each variant'),
  harm: z.array(z.object({ metric: Key, name: z.string().describe('what people call the metric'), variant: Key, began: Moment, failed: Moment })).describe('since when harm showed without a break, and when the rule first failed'),
  verdicts: z.unknown(), evidence: Fields,
  servedSince: z.array(z.object({ from: Time, text: z.string() })), stillLocked: z.array(VersionName), questions: z.array(z.string()),
  sign: ApiCall.nullable().describe('the call that signs it; its reason is the note'),
}).meta({ id: 'PostMortem' })
