import { z } from 'zod'
import { holdReasons } from '../../core/decide/holds.ts'
import { CreateExperiment, experimentStates, Key, VersionName } from '../../core/define/definitions.ts'
import { CheckName } from '../../core/models/checks.ts'
import { listOf, Moment, Time } from './common.ts'
import { Standing } from './versions.ts'

export const ExperimentState = z.enum(experimentStates).meta({ id: 'ExperimentState' })
const Hold = z
  .object({ reason: z.enum(holdReasons), variant: Key.nullable(), metric: z.string().nullable(), text: z.string(), since: Time })
  .meta({ id: 'Hold', description: 'why nothing is promoted or moved by itself; gone three looks after its cause. Kills and rollbacks go on' })

const Breaker = z
  .object({
    state: z.enum(['closed', 'open', 'half-open']), since: Time, until: Moment.describe('when an open one is tried'),
    openings: z.int().describe('of this series'), probes: z.number().describe('the part of its units that tries the variant now'),
  })
  .meta({ id: 'Breaker', description: 'whether calls of a variant fail; absent while it never opened' })

export const Experiment = CreateExperiment.extend({
  variants: z.array(CreateExperiment.shape.variants.element.extend({
    status: z.enum(['live', 'killed', 'disabled', 'quarantined']), breaker: Breaker.optional(),
  })),
  missing: z
    .array(z.object({ variant: Key, version: VersionName, checks: z.array(z.object({ name: CheckName, status: Standing })), warming: z.boolean() }))
    .optional().describe('what keeps a draft from its start, and while it runs the next stage from its beginning, where a stage requires checks'),
  fallback: z.object({ version: VersionName, since: Time, manual: z.boolean().describe('by a person’s word: it ends when a person sends enable for the control') })
    .nullable().optional().describe('what stands in for the control; null, or without breakers absent, while that serves'),
  state: ExperimentState,
  stage: z.int().describe('the stage in force, from 0'), step: z.int().describe('the step of it that is in force, from 0'),
  since: z.object({ stage: Time, step: Time }).nullable().describe('when both came into force; null before the start'),
  gates: z.array(z.object({ name: Key, stage: z.int(), step: z.int(), state: z.enum(['open', 'approved', 'rejected']) }))
    .describe('manual gates in their order; `open`: nobody has said anything yet'),
  epoch: z.int(), winner: Key.nullable(), holds: z.array(Hold), revision: z.int(), createdAt: Time, startedAt: Moment, endedAt: Moment,
}).meta({ id: 'Experiment' })
export const Experiments = listOf(Experiment)

export const ActionDone = z
  .object({ state: ExperimentState, epoch: z.int(), decision: z.int().nullable().describe('id of its entry in the ledger') })
  .meta({ id: 'ActionDone' })

export const Epochs = listOf(
  z
    .object({
      epoch: z.int(), scope: z.int(), cause: z.string(), coverage: z.number(), weights: z.record(Key, z.number()),
      startedAt: Time, endedAt: Moment, sealedAt: Moment,
    })
    .meta({ id: 'Epoch' }),
)
