import { z } from 'zod'
import { Key, Measure, VersionName } from '../define/fields.ts'

export const CaseKind = z.enum(['uncertain', 'disagreeing'])
export type AskedCases = { kind: z.infer<typeof CaseKind>; measure: string | null }

const Measures = z.record(Measure, z.number())
const Answered = { variant: Key.nullable(), version: VersionName.nullable(), at: z.iso.datetime(), measures: Measures }

/** An outcome that is worth a label. */
export const Case = z.object({
  id: z.string().nullable().describe('what you call it; null where it was sent without an id'),
  kind: CaseKind,
  ...Answered,
  epoch: z.int().nullable(),
  why: z.string(),
  value: z.number().nullable().describe('of the measure, of an uncertain one'),
  threshold: z.number().nullable().describe('what it lies near'),
  metrics: z.array(z.object({ metric: Key, control: z.number(), shadow: z.number() })).describe('in which the answers to one request differ'),
  control: z.object(Answered).nullable().describe('what the control answered to the same request, of a disagreeing one'),
}).meta({ id: 'Case', description: 'an outcome that is worth a label; nothing tells whose it is' })
export type Case = z.infer<typeof Case>
export const Cases = z.object({ items: z.array(Case), next: z.string().nullable().describe('cursor of the next page') })
