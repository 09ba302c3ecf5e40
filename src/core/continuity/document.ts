import { z } from 'zod'
import { experimentStates } from '../define/experiment-state.ts'
import { Key, Payload, VersionName } from '../define/fields.ts'
import { holdReasons } from '../decide/holds.ts'
import { type StateTable, stateTableNames } from './tables.ts'

const Time = z.iso.datetime().describe('UTC, to the microsecond')
const Ordinal = z.int().min(0)
const Double = z.union([z.number(), z.literal('-0')])
const Cell = z.union([z.number(), z.string().max(200), z.null(), z.array(Double).max(100_000)])
const Rows = z.array(z.array(Cell).max(32)).max(500_000)

const Variant = z.looseObject({
  key: Key, version: VersionName, control: z.boolean(), status: z.enum(['live', 'killed', 'disabled', 'quarantined']),
  breaker: z.looseObject({
    state: z.enum(['closed', 'open', 'half-open']), since: Time, opened: z.array(z.looseObject({ at: Time })), series: z.int(), from: z.int(),
  }).optional(),
}).describe('an arm as it stands, with what its breaker remembers')

const Frozen = z.looseObject({
  plannedUnits: z.array(z.number()), promoteLevel: z.number().gt(0).lt(1), killLevel: z.number().gt(0).lt(1),
  variances: z.array(z.number().nullable()).optional(),
  completeness: z.looseObject({ reportBy: z.string(), margin: z.number() }).optional(),
  priors: z.array(z.looseObject({ n: z.number(), sum: z.number(), sumSquares: z.number() })).optional(),
}).describe('what was fixed at the start, or from the first units: levels, tunings, variances, priors')

const Drift = z.looseObject({
  scope: z.int().min(1), tracks: z.record(z.string(), z.array(z.looseObject({ upTo: Ordinal, windows: Ordinal })).max(65)),
}).describe('distributions that are looked after: by measure and variant the reference, and how far windows were judged')

/** Sums of the pairs of a shadow, and features of some units, as a document holds them: made from units, which it does not hold. */
export const Carried = z.strictObject({
  pairs: z.array(z.strictObject({ epoch: Ordinal, pairs: Double, missing: Double })).max(10_000).optional(),
  sums: z.array(z.record(z.string(), Double)).max(100_000).optional(),
  contexts: z.array(z.array(Double)).max(1_000).optional(),
})
export type Carried = z.infer<typeof Carried>

const Scope = z.strictObject({
  id: z.int().min(1), kind: z.enum(['stage', 'bake', 'generation', 'shadow']), stage: Ordinal, openedAt: Time, closedAt: Time.nullable(),
  counts: z.boolean().describe('is it counted who reported in time?'),
  parent: z.int().nullable().describe('of a generation: the scope that it counts day by day'),
  strata: z.enum(['served', 'exposed']).nullable(),
  shadowOf: z.int().nullable(), variant: Ordinal.nullable(),
  origin: z.int().nullable().describe('its number where its units were counted first, where that is another one'),
  carried: Carried.nullable(),
})

const Epoch = z.strictObject({
  epoch: z.int().min(1), scope: z.int().min(1), cause: z.enum(['action', 'clock']), coverage: z.number().min(0).max(1), throttle: z.number().min(0).max(1),
  weights: z.array(z.number().min(0).max(1)).max(65), frozen: z.looseObject({}), startedAt: Time, endedAt: Time.nullable(),
})

/**
 * Everything that an experiment has learned, as one document. Doubles are written so that they come back bit for bit
 * (minus zero as `"-0"`), counts as text.
 */
export const StateDocument = z.strictObject({
  format: z.literal(1),
  experiment: Key,
  exportedAt: Time,
  definitionDigest: z.string().describe('SHA-256 of `definition`'),
  definition: z.record(z.string(), Payload).describe('what must be the same where it is imported'),
  salt: z.string().max(64).describe('taken over, so that under the same key every unit gets the variant that it had'),
  metrics: z.array(z.record(z.string(), Payload)).max(50).describe('metrics as they were counted, in order: rows number them from 1'),
  state: z.enum(experimentStates).exclude(['draft']),
  stage: Ordinal, epoch: z.int().min(1), scope: z.int().min(1).describe('the one in force'),
  progress: z.looseObject({
    step: Ordinal, from: Ordinal, since: z.looseObject({ stage: Time, step: Time }).nullable(), gates: z.record(z.string(), z.enum(['approved', 'rejected'])),
  }).nullable(),
  winner: Key.nullable(),
  variants: z.array(Variant).min(2).max(64),
  frozen: Frozen,
  looks: z.record(z.string(), z.looseObject({ count: z.number(), digest: z.string() })).describe('looks in a row at which rules held, and planned looks that were taken'),
  holds: z.array(z.looseObject({
    reason: z.enum(holdReasons), variant: z.string().nullable(), metric: z.string().nullable(), text: z.string(), since: Time, clean: z.int(),
  })),
  drift: Drift.nullable(),
  startedAt: Time, endedAt: Time.nullable(),
  scopes: z.array(Scope).min(1).max(10_000),
  epochs: z.array(Epoch).min(1).max(100_000),
  columns: z.record(z.string(), z.array(z.string())).describe('names of the columns of each table'),
  tables: z.strictObject(Object.fromEntries(stateTableNames.map((name) => [name, Rows])) as Record<StateTable, typeof Rows>)
    .describe('sums per scope, epoch and variant, a row each: moments, covariates, segments, sketches, sums weighted by propensities, features; detectors follow from the days of a generation'),
  digest: z.string().regex(/^[0-9a-f]{64}$/).describe('SHA-256 of the document without this field, as canonical JSON: keys sorted, no white space'),
}).meta({
  id: 'LearnedState',
  description: 'Everything that an experiment has learned, in one document. Units are not in it: their hashes are keyed and belong to the store that ' +
    'made them. So the epochs in it are sealed, and cannot be recounted where they are imported; a unit that comes back there counts once more, in a new epoch.',
})
export type StateDocument = z.infer<typeof StateDocument>
export type StateScope = StateDocument['scopes'][number]

/** What an import did. */
export const Imported = z.object({
  experiment: Key, state: z.enum(experimentStates), epoch: z.int(), decision: z.int().nullable().describe('id of its entry in the ledger'),
  imported: z.object({
    from: Key, digest: z.string(), scopes: z.int(), epochs: z.int().describe('sealed: nothing counts in them any more'),
    units: z.number().describe('known by their sums alone'),
  }),
  notes: z.array(z.string()).describe('what it means that units stay where they were counted'),
}).meta({ id: 'Imported' })
export type Imported = z.infer<typeof Imported>
