import { z } from 'zod'

/** What may call for training a version again. */
export const RetrainSign = z.enum(['drift', 'degradation', 'forgetting'])

/** When whoever trains a model is to be told that it is time. */
export const Retrain = z
  .strictObject({
    on: z.array(RetrainSign).max(3).refine((signs) => new Set(signs).size === signs.length, { message: 'names a cause twice' })
      .describe(
        '`drift` and `degradation`: of an experiment that is under way (its `holds`), or of the watch; ' +
        '`forgetting`: a variant was stopped, or should be, by a guardrail that failed for one value of `worstSegment`',
      ),
    everyOutcomes: z.int().min(1).max(1e12).optional()
      .describe('and each time so many further outcomes of champion traffic have come, since the champion began or was last told of'),
  })
  .refine(({ on, everyOutcomes }) => on.length > 0 || everyOutcomes !== undefined, {
    path: ['on'], message: 'names no cause; give one, or `everyOutcomes`',
  })
  .describe(
    'tells the ledger and webhooks (`model.retrain`) when a version should be trained again, ' +
    'at most once a cause, version and day of UTC; changes no traffic',
  )
export type Retrain = z.infer<typeof Retrain>
