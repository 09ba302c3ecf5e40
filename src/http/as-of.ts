import { z } from 'zod'
import type { Report } from '../core/analyze/report.ts'
import type { Reports } from '../deps.ts'
import { ServiceError } from '../errors.ts'

/** An analysis by its id, or the moment it should show. */
export const AsOf = z
  .string()
  .max(40)
  .refine((text) => /^[1-9]\d{0,15}$/.test(text) || z.iso.datetime({ offset: true }).safeParse(text).success, {
    message: 'expected the id of an analysis, or a time such as 2026-01-31T08:00:00Z',
  })
  .describe('id of an analysis, or a time: the latest at or before it')
  .optional()

const momentOf = (text: string): { analysis: number } | { time: Date } =>
  /^\d+$/.test(text) ? { analysis: Number(text) } : { time: new Date(text) }

/**
 * The report of this moment, or the stored one of another.
 *
 * @throws {ServiceError} experiment_not_found; not_found where it was not analysed by then
 */
export const reportAt = async (reports: Pick<Reports, 'current' | 'asOf'>, key: string, asOf: z.output<typeof AsOf>): Promise<Report> => {
  if (asOf === undefined) return reports.current(key)
  const report = await reports.asOf(key, momentOf(asOf))
  if (!report) throw new ServiceError('not_found', `experiment "${key}" was not analysed at or before ${asOf}`)
  return report
}
