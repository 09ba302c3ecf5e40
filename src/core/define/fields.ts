import { z } from 'zod'
import type { Json } from '../../assign/snapshot.ts'
import { durationMs } from './duration.ts'

/** Keys of models, experiments, variants and metrics; they appear in URLs, labels and hashes. */
export const Key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected 1 to 64 of a-z 0-9 . _ - beginning with a letter or digit')
export const VersionName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, 'expected 1 to 64 of A-Z a-z 0-9 . _ + - beginning with a letter or digit')
export const Measure = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected 1 to 64 of a-z 0-9 _ beginning with a letter')
export const Duration = z.string().max(32).refine((text) => durationMs(text) !== null, {
  message: 'expected an ISO 8601 duration of days, hours, minutes and seconds, at most ten years: PT24H, P14D',
})
export const AttributeName = z.string().min(1).max(64)
export const Text = z.string().max(2_000)
export const Payload = z.json() as z.ZodType<Json>
export const Reason = z.string().trim().min(1, 'expected why, in words').max(2_000)
