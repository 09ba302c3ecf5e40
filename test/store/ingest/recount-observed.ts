import { bucketOf } from '../../../stats/index.ts'
import type { AttributedOutcome } from '../../../src/deps.ts'
import type { Pool } from '../../../src/store/pool.ts'
import type { Acknowledged } from './history.ts'
import { close, keyOf, limited, unitOf, worth } from './recount.ts'
import type { World } from './world.ts'

type UnitRow = {
  scope: number; unit: string; epoch: number; variant: number; rebuilt: boolean
  covariates: (number | null)[] | null; segments: number[] | null
}
type Cells = Map<string, Record<string, number>>

const add = (cells: Cells, name: string, sums: Record<string, number>): void => {
  const cell = cells.get(name) ?? {}
  for (const [key, value] of Object.entries(sums)) cell[key] = (cell[key] ?? 0) + value
  cells.set(name, cell)
}

const apart = (stored: Cells, counted: Cells): string[] =>
  [...new Set([...stored.keys(), ...counted.keys()])].flatMap((name) => {
    const [one, other] = [stored.get(name) ?? {}, counted.get(name) ?? {}]
    const wrong = Object.keys({ ...one, ...other }).filter((key) => !close(one[key] ?? 0, other[key] ?? 0))
    return wrong.map((key) => `${name}: ${key} is ${one[key]}, recounted ${other[key]}`)
  })

const squares = (x: number, y: number) => ({ sx: x, sy: y, sxx: x * x, sxy: x * y, syy: y * y })

/**
 * Compare covariates, segments and sketches with what was sent and acknowledged, in words. Which exposure won, whether it
 * was only rebuilt, and what a unit's history was at that moment are taken from the database.
 */
export const observedDifferences = async (
  pool: Pick<Pool, 'run'>, worlds: readonly World[], log: readonly Acknowledged[],
): Promise<string[]> => {
  const [units, values, covariates, segments, sketches] = await pool.run((sql) => Promise.all([
    sql<UnitRow[]>`select scope, unit::text, epoch, variant, rebuilt, covariates, segments from units`,
    sql<{ scope: number; segment: number; value: string; id: number }[]>`select * from segment_values`,
    sql`select scope, epoch, variant, metric, sum(n)::int n, sum(su) su, sum(suu) suu, sum(sxu) sxu, sum(syu) syu, sum(sxv) sxv, sum(syv) syv
      from covariate_rollups group by 1, 2, 3, 4`,
    sql`select scope, epoch, variant, metric, segment, value, sum(n)::int n, sum(sx) sx, sum(sy) sy, sum(sxx) sxx, sum(sxy) sxy, sum(syy) syy
      from segment_rollups group by 1, 2, 3, 4, 5, 6`,
    sql`select scope, epoch, variant, metric, bucket, sum(count)::int count from sketches group by 1, 2, 3, 4, 5`,
  ]))
  const cellsOf = (rows: readonly Record<string, number>[], keys: readonly string[]): Cells =>
    new Map(rows.map((row) => [keys.map((key) => `${key} ${row[key]}`).join(', '),
      Object.fromEntries(Object.entries(row).filter(([key]) => !keys.includes(key)))]))
  const cell = ['scope', 'epoch', 'variant', 'metric']
  const counted = { covariates: new Map(), segments: new Map(), sketches: new Map() } as Record<'covariates' | 'segments' | 'sketches', Cells>
  const wrong: string[] = []

  const ids = new Map(values.map(({ scope, segment, value, id }) => [`${scope}:${segment}:${value}`, id]))
  const idsOf = (scope: number, segment: number): number[] => values.filter((one) => one.scope === scope && one.segment === segment).map(({ id }) => id)
  const idOf = (scope: number, segment: number, value: string | null): number => {
    if (value === null) return -1
    const id = ids.get(`${scope}:${segment}:${value}`)
    if (id === undefined && idsOf(scope, segment).length < 20) wrong.push(`${value} has no id in segment ${segment} of scope ${scope}`)
    return id ?? 0
  }

  const last = new Map<string, AttributedOutcome>()
  for (const { outcome, answer } of log) {
    const before = last.get(keyOf(outcome))
    if (answer === 'accepted' && (!before || outcome.revision > before.revision)) last.set(keyOf(outcome), outcome)
  }
  const byUnit = Map.groupBy(last.values(), ({ assignment }) => unitOf(assignment))

  for (const row of units) {
    const world = worlds.find(({ id }) => id === row.scope)
    if (!world) continue
    const { scope, epoch, variant } = row
    const place = { scope, epoch, variant }
    const name = (keys: Record<string, number>): string => Object.entries({ ...place, ...keys }).map(([key, value]) => `${key} ${value}`).join(', ')
    const told = row.rebuilt ? undefined : world.observe?.({ epoch, variant, unit: row.unit.replaceAll('-', '') })
    world.metrics.forEach(({ covariate }, index) => {
      const stored = row.covariates?.[index] ?? null
      const history = covariate && 'history' in covariate
      if (!history && stored !== (told?.covariates[index] ?? null)) wrong.push(`unit ${unitOf(row)} has covariate ${stored}`)
    })
    const expected = told && told.segments.length > 0 ? told.segments.map((value, index) => idOf(scope, index + 1, value)) : null
    if (JSON.stringify(row.segments) !== JSON.stringify(expected)) wrong.push(`unit ${unitOf(row)} has segments ${row.segments}, not ${expected}`)

    const outcomes = byUnit.get(unitOf(row)) ?? []
    for (const [index, value] of (row.segments ?? []).entries()) {
      const reported = Number(outcomes.length > 0)
      add(counted.segments, name({ metric: 0, segment: index + 1, value }), { n: 1, ...squares(0, 0), sx: reported, sy: outcomes.length })
    }
    for (const [index, plan] of world.metrics.entries()) {
      const worths = outcomes.map(({ measures }) => worth(plan, measures))
      const x = limited(plan, worths.reduce((sum, [one]) => sum + one, 0))
      const y = worths.reduce((sum, [, one]) => sum + one, 0)
      const metric = index + 1
      const u = row.covariates?.[index] ?? null
      if (u !== null) add(counted.covariates, name({ metric }), { n: 1, su: u, suu: u * u, sxu: x * u, syu: y * u, sxv: x, syv: y })
      for (const [segment, value] of (row.segments ?? []).entries()) {
        const n = Number(plan.kind === 'ratio' ? x !== 0 || y !== 0 : y > 0)
        add(counted.segments, name({ metric, segment: segment + 1, value }), { n, ...squares(x, y) })
      }
      if (plan.kind !== 'quantile') continue
      for (const { measures } of outcomes) {
        const value = measures[plan.measure ?? '']
        if (value !== undefined) add(counted.sketches, name({ metric, bucket: bucketOf(value) }), { count: 1 })
      }
    }
  }
  return [
    ...wrong,
    ...apart(cellsOf(covariates as never, cell), counted.covariates),
    ...apart(cellsOf(segments as never, [...cell, 'segment', 'value']), counted.segments),
    ...apart(cellsOf(sketches as never, [...cell, 'bucket']), counted.sketches),
  ]
}
