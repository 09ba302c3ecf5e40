import { z } from 'zod'

const AttributeName = z.string().min(1).max(64)
const many = 23

/** What a contextual bandit looks at, of the attributes that come with /assign. */
export const StageContext = z.strictObject({
  numeric: z.array(z.strictObject({
    attribute: AttributeName,
    center: z.number().default(0).describe('a usual value: a request that tells none counts as this one'),
    scale: z.number().positive().default(1).describe('a usual distance from it; values count as at most ten of them away'),
    min: z.number().optional(),
    max: z.number().optional(),
  })).max(many).default([]),
  categorical: z.array(z.strictObject({
    attribute: AttributeName,
    values: z.array(z.string().min(1).max(64)).min(1).max(many).describe('values that differ; all others, and none, are one'),
  })).max(many).default([]),
}).describe('attributes of the request that decide which variant is best; at most 24 features: 1, each number, each declared value')
export type StageContext = z.infer<typeof StageContext>
