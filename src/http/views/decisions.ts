import { z } from 'zod'
import { Key } from '../../core/define/definitions.ts'
import { listOf, Moment, Time, Verdict } from './common.ts'

export const Fields = z.record(z.string(), z.unknown())
export const ApiCall = z.object({ method: z.enum(['POST', 'PUT', 'PATCH']), path: z.string(), body: Fields })

export const Decision = z
  .object({
    id: z.int(), chain: z.string(), seq: z.int(), at: Time, actor: z.string(), mode: z.enum(['auto', 'recommend', 'observe', 'manual']),
    experiment: Key.nullable(), model: Key.nullable(), stage: z.int(), action: z.string(), variant: Key.nullable(), rule: z.string(), reason: z.string(),
    status: z.enum(['applied', 'held', 'failed']), epochBefore: z.int(), epochAfter: z.int(), weightsBefore: z.array(z.number()),
    weightsAfter: z.array(z.number()), policyHash: z.string(), evidence: z.record(z.string(), z.unknown()), prevHash: z.string(), hash: z.string(),
    form: z.literal(2).optional().describe('absent in older entries, which lack the fields below'),
    verdicts: z
      .object({ variants: z.record(Key, z.record(z.string(), Verdict)), sampleRatio: Verdict, health: z.record(z.string(), Verdict) })
      .nullish().describe('of every variant and metric at that look'),
    freshness: z
      .object({
        asOf: Time, digest: z.string(), epochs: z.object({ matured: z.int(), immature: z.int() }), maturedUntil: Moment,
        units: z.record(Key, z.object({ exposed: z.int(), matured: z.int() })),
      })
      .nullish().describe('how new the data was'),
    seed: z.number().nullish().describe('null where nothing was drawn'),
    alternatives: z
      .array(z.object({ action: z.string(), variant: Key.nullable(), rule: z.string(), reason: z.string(), rejected: z.string() }))
      .optional().describe('what else could have been done, and why it was not'),
    undo: z
      .object({
        text: z.string(),
        calls: z.array(ApiCall),
      })
      .nullish().describe('what takes it back: calls to be sent in order, none where nothing does'),
    inputs: z.string().nullish().describe('SHA-256 of what it was decided from; null where that is not stored'),
  })
  .meta({ id: 'Decision', description: 'an entry of the ledger: what was done or held back, on which evidence, by which rule' })
export const Decisions = listOf(Decision)
const Path = z.string().nullable()
export const DecisionDetail = Decision.extend({
  runbook: z.object({ does: z.string(), keeps: z.string(), effect: z.string(), undo: z.string(), next: z.string() }).nullable()
    .describe('of what takes a version out of service; null for all else'),
  links: z.object({ analysis: Path, replay: Path, postMortem: Path }).describe('paths of what belongs to it; null where there is none'),
}).meta({ id: 'DecisionDetail' })

export const Replay = z
  .object({
    decision: z.int(), same: z.boolean(), stored: Fields, recomputed: Fields.nullable(),
    differences: z.array(z.object({ path: z.string(), stored: z.unknown(), recomputed: z.unknown() })),
  })
  .meta({ id: 'Replay', description: 'a decision taken again from what it was taken from: what its entry says, what it should say, every field that differs' })
