import { z } from 'zod'

// What answers look like, for the documentation; answers are not parsed. Here is what several of them share.

export const Time = z.iso.datetime()
export const Moment = Time.nullable()
export const Bound = z.number().nullable()
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable().describe('cursor of the next page') })
export const Verdict = z
  .enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'INSUFFICIENT', 'NO_TRAFFIC', 'NO_OUTCOME', 'ERROR'])
  .meta({ id: 'Verdict', description: 'only FAIL may harm a variant' })
