import { z } from 'zod'
import type { Json } from '../../assign/snapshot.ts'
import { Key, Measure } from '../../core/define/definitions.ts'

export const LONGEST_UNIT_BYTES = 1_024
export const MOST_ATTRIBUTES = 64
export const LONGEST_TOKEN = 400
export const LONGEST_ID = 256
export const MOST_MEASURES = 64
export const MOST_REQUESTS = 1_000
export const MOST_OUTCOMES = 10_000
/** The largest `revision`: an int4. */
export const LARGEST_REVISION = 2_147_483_647

const AnyJson = z.json() as z.ZodType<Json>

const fitsBytes = (text: string): boolean => text.length * 3 <= LONGEST_UNIT_BYTES || Buffer.byteLength(text) <= LONGEST_UNIT_BYTES

export const Unit = z
  .string()
  .min(1, 'may not be empty')
  .refine(fitsBytes, { message: `may have at most ${LONGEST_UNIT_BYTES} bytes of UTF-8` })
  .meta({ description: 'what is randomised, as the caller names it; stored only as a keyed hash', example: 'user-17' })

export const Attributes = z
  .record(z.string(), AnyJson)
  .refine((attributes) => Object.keys(attributes).length <= MOST_ATTRIBUTES, { message: `at most ${MOST_ATTRIBUTES} attributes` })
  .meta({ description: 'what audience rules look at; only declared covariates and segments are stored' })

export const Token = z.string().meta({ description: 'the signed assignment that /assign answered; 1 to 400 characters' })

/** The same rule in `readAssign`, by hand; a test holds the two together. */
export const AssignBody = z
  .strictObject({
    experiment: Key.optional().meta({ example: 'assistant-7b' }),
    model: Key.optional(),
    unit: Unit,
    attributes: Attributes.optional(),
    token: Token.optional(),
  })
  .refine((body) => (body.experiment === undefined) !== (body.model === undefined), {
    message: 'name either an experiment or a model',
  })
  .meta({ id: 'AssignRequest' })
export type AssignBody = z.infer<typeof AssignBody>

export const MeasureValue = z.union([z.number(), z.boolean()])
export const Measures = z
  .record(Measure, MeasureValue)
  .refine((measures) => Object.keys(measures).length > 0, { message: 'name at least one measure' })
  .refine((measures) => Object.keys(measures).length <= MOST_MEASURES, { message: `at most ${MOST_MEASURES} measures` })
  .meta({ description: 'raw numbers; true and false are 1 and 0', example: { latency_ms: 412, thumbs_up: true } })

export const OutcomeBody = z
  .strictObject({
    token: Token.optional(),
    experiment: Key.optional().describe('with `unit`, where the token was lost'),
    unit: Unit.optional(),
    measures: Measures,
    id: z.string().min(1, 'may not be empty').max(LONGEST_ID).optional()
      .describe('unique in its experiment; the same outcome twice counts once'),
    revision: z.int().min(0).max(LARGEST_REVISION).optional().describe('a higher one of an id replaces it while the window is open'),
    at: z.iso.datetime({ offset: true, message: 'expected a time such as 2026-01-31T08:00:00Z' }).optional(),
  })
  .refine((body) => body.token !== undefined || (body.experiment !== undefined && body.unit !== undefined && body.id !== undefined), {
    message: 'expected a token; or experiment, unit and id where it was lost',
  })
  .meta({ id: 'Outcome' })
export type OutcomeBody = z.infer<typeof OutcomeBody>

// Answers ----------------------------------------------------------------------------------------------------------

const Served = { version: z.string(), payload: AnyJson }

const Shadows = z.array(z.object({ variant: z.string(), ...Served, token: z.string() })).describe('who is to be called as well; what they answer is reported with their own tokens')

export const Assigned = z
  .object({
    experiment: z.string().nullable(),
    variant: z.string().nullable().describe('null where the champion answers'),
    ...Served,
    reason: z.enum([
      'split', 'sticky', 'override', 'not_enrolled', 'not_targeted', 'layer', 'champion', 'disabled', 'fallback', 'killed_reassigned',
      'quarantined',
    ]),
    epoch: z.int().nullable(),
    propensity: z.number().nullable().describe('the chance with which this variant was drawn'),
    token: z.string(),
    shadow: Shadows,
    fallbacks: z.array(z.object(Served)).describe('what to try when the version does not answer, in order'),
    degraded: z.array(z.string()).describe('what was not at hand: counters, database'),
  })
  .meta({ id: 'Assignment' })

export const ItemError = z.object({ code: z.string(), message: z.string() })
export const AssignBatchBody = z.strictObject({ requests: z.array(AssignBody).min(1).max(MOST_REQUESTS) }).meta({ id: 'AssignBatch' })
export const AssignedBatch = z.object({ results: z.array(z.union([Assigned, z.object({ error: ItemError })])) }).meta({ id: 'Assignments' })

export const Accepted = z
  .object({ accepted: z.int(), duplicates: z.int() })
  .meta({ id: 'Accepted', description: 'answered after the commit' })
export const OutcomeBatchBody = z.strictObject({ outcomes: z.array(OutcomeBody).min(1).max(MOST_OUTCOMES) }).meta({ id: 'OutcomeBatch' })
export const AcceptedBatch = z
  .object({ accepted: z.int(), duplicates: z.int(), rejected: z.array(ItemError.extend({ index: z.int() })) })
  .meta({ id: 'AcceptedBatch' })

export const ExposuresBody = z
  .strictObject({
    exposures: z
      .array(
        z.strictObject({
          experiment: Key,
          unit: Unit,
          attributes: Attributes.optional(),
          epoch: z.int().min(1),
          variant: Key,
          at: z.iso.datetime({ offset: true }),
        }),
      )
      .min(1)
      .max(MOST_REQUESTS),
  })
  .meta({ id: 'Exposures' })
export type ExposureBody = z.infer<typeof ExposuresBody>['exposures'][number]
export const Exposed = z.object({ results: z.array(z.union([z.object({ token: z.string(), shadow: Shadows }), z.object({ error: ItemError })])) })
