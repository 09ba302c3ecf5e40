import type { Api } from '../../src/client/api.ts'
import { keyOf, measureNames } from './define.ts'
import type { Logged } from './rows.ts'

type Assigned = { variant: string | null; version: string; reason: string; token: string; error?: { code: string } }

export type Replayed = {
  assigned: number
  accepted: number
  duplicates: number
  /** Units whose assigned variant has no row in the file. */
  unmatched: number
  /** Units that were not split: outside coverage, audience or layer. */
  outside: number
  rejected: { index: number; code: string; message: string }[]
}

/** Running sums of exactly the rows that were replayed: variant key → measure → {n, sum}. */
export type Sums = Map<string, Map<string, { n: number; sum: number }>>

export type Options = { experiment: string; batch: number; from: number; onProgress: (done: number) => void }

/**
 * Ask for every unit's variant, then report what the file says that variant did. Ids come from the units, so that a second run
 * counts nothing twice. `from` skips units that an earlier run finished.
 */
export const replay = async (api: Api, logged: Logged, measures: string[], options: Options): Promise<{ replayed: Replayed; sums: Sums }> => {
  const replayed: Replayed = { assigned: 0, accepted: 0, duplicates: 0, unmatched: 0, outside: 0, rejected: [] }
  const sums: Sums = new Map()
  const names = measureNames(measures)
  const units = [...logged.units.keys()].slice(options.from)
  const byKey = (rows: Map<string, Record<string, number>>) => new Map([...rows].map(([variant, row]) => [keyOf(variant), row]))

  for (let start = 0; start < units.length; start += options.batch) {
    const batch = units.slice(start, start + options.batch)
    const { results } = await api<{ results: Assigned[] }>('POST', '/assign/batch', {
      requests: batch.map((unit) => ({ experiment: options.experiment, unit })),
    })
    const outcomes = batch.flatMap((unit, index) => {
      const result = results[index]!
      if (result.error) throw new Error(`assigning a unit was refused: ${result.error.code}`)
      replayed.assigned++
      if (result.variant === null) {
        replayed.outside++
        return []
      }
      const row = byKey(logged.units.get(unit)!).get(result.variant)
      if (!row) {
        replayed.unmatched++
        return []
      }
      const known = sums.get(result.variant) ?? new Map<string, { n: number; sum: number }>()
      sums.set(result.variant, known)
      for (const [column, measure] of names) {
        const { n, sum } = known.get(measure) ?? { n: 0, sum: 0 }
        known.set(measure, { n: n + 1, sum: sum + row[column]! })
      }
      const values = Object.fromEntries([...names].map(([column, measure]) => [measure, row[column]!]))
      return [{ token: result.token, id: `row:${unit}`, measures: values }]
    })
    if (outcomes.length > 0) {
      const answer = await api<Pick<Replayed, 'accepted' | 'duplicates' | 'rejected'>>('POST', '/outcome/batch', { outcomes })
      replayed.accepted += answer.accepted
      replayed.duplicates += answer.duplicates
      replayed.rejected.push(...answer.rejected)
    }
    options.onProgress(options.from + start + batch.length)
  }
  return { replayed, sums }
}
