import { ServiceError } from '../errors.ts'
import { ingestRows, type RunOptions } from '../store/ingest/run.ts'
import type { ExposureRow } from '../store/ingest/rows.ts'
import type { Pool } from '../store/pool.ts'
import { codeOf, DatabaseUnavailable } from '../store/unavailable.ts'
import { answerOf, type Answer, type Prepared } from './prepare.ts'

/** Class 22: a value that cannot be stored or computed with. 23: one that a constraint refuses. */
export const isRefusedValue = (error: unknown): boolean => /^2[23]/.test(codeOf(error) ?? '')

/** Waited too long for a lock, or ran too long: the server rolled it back, and it may be sent again. */
const isTooSlow = (error: unknown): boolean => ['55P03', '57014'].includes(codeOf(error) ?? '')

/** The error as callers should see it: what may be tried again is `DatabaseUnavailable`. */
export const asUnavailable = (error: unknown): unknown =>
  isTooSlow(error)
    ? new DatabaseUnavailable('the database is too busy', { mayHaveHappened: false, cause: error })
    : error

/**
 * Commit outcomes together, and answer each. When the database refuses a value, halves are tried, and so on down
 * to the one that is to blame: the others do not suffer for it.
 */
export const commitOutcomes = async (
  pool: Pick<Pool, 'begin'>,
  items: readonly Prepared[],
  exposureOf: (item: Prepared) => ExposureRow,
  options: RunOptions,
): Promise<Answer[]> => {
  let verdicts: Awaited<ReturnType<typeof ingestRows>>
  try {
    const rows = items.map((item) => item.row)
    verdicts = await ingestRows(pool, items.map(exposureOf), rows, options)
  } catch (error) {
    if (!isRefusedValue(error)) throw asUnavailable(error)
    if (items.length === 1) return [new ServiceError('out_of_range', 'a value of this outcome cannot be stored')]
    const middle = Math.ceil(items.length / 2)
    return [
      ...(await commitOutcomes(pool, items.slice(0, middle), exposureOf, options)),
      ...(await commitOutcomes(pool, items.slice(middle), exposureOf, options)),
    ]
  }
  // what was stored is stored, whatever becomes of these
  const again = items.filter((_, index) => verdicts[index] === 'again')
  const answers = (again.length === 0 ? [] : await commitOutcomes(pool, again, exposureOf, options)).values()
  return verdicts.map((verdict) => (verdict === 'again' ? (answers.next().value as Answer) : answerOf(verdict)))
}
