import type { AttributedOutcome } from '../../../src/deps.ts'
import type { Pool } from '../../../src/store/pool.ts'
import type { Acknowledged } from './history.ts'
import { close, keyOf, limited, unitOf, worth } from './recount.ts'
import type { World } from './world.ts'

type UnitRow = { scope: number; unit: string; epoch: number; variant: number; propensity: number; rebuilt: boolean; features: number[] | null }
type Sums = Map<string, number>

const add = (sums: Sums, name: string, value: number): void => void sums.set(name, (sums.get(name) ?? 0) + value)

/**
 * Compare weighted sums and features with what was sent and acknowledged, in words. Which exposure won, and whether it was only
 * rebuilt, is taken from the database.
 */
export const contextualDifferences = async (
  pool: Pick<Pool, 'run'>, worlds: readonly World[], log: readonly Acknowledged[],
): Promise<string[]> => {
  const [units, weighted, features] = await pool.run((sql) => Promise.all([
    sql<UnitRow[]>`select scope, unit::text, epoch, variant, propensity, rebuilt, features from units`,
    sql<Record<string, number>[]>`select * from weighted_rollups`,
    sql<{ scope: number; epoch: number; variant: number; gram: number[] | null; x: number[] | null; y: number[] | null }[]>`select * from feature_rollups`,
  ]))
  const stored: Sums = new Map()
  for (const { scope, epoch, variant, metric, shard: _, ...sums } of weighted) {
    for (const [key, value] of Object.entries(sums)) add(stored, `${scope}/${epoch}/${variant} ${metric} ${key}`, value)
  }
  for (const { scope, epoch, variant, ...parts } of features) {
    for (const part of ['gram', 'x', 'y'] as const) {
      for (const [i, value] of (parts[part] ?? []).entries()) add(stored, `${scope}/${epoch}/${variant} ${part}[${i}]`, value)
    }
  }

  const last = new Map<string, AttributedOutcome>()
  for (const { outcome, answer } of log) {
    const before = last.get(keyOf(outcome))
    if (answer === 'accepted' && (!before || outcome.revision > before.revision)) last.set(keyOf(outcome), outcome)
  }
  const byUnit = Map.groupBy(last.values(), ({ assignment }) => unitOf(assignment))

  const counted: Sums = new Map()
  const wrong: string[] = []
  for (const row of units) {
    const world = worlds.find(({ id }) => id === row.scope)
    if (!world) continue
    const { scope, epoch, variant } = row
    const place = `${scope}/${epoch}/${variant}`
    const told = row.rebuilt ? undefined : world.observe?.({ epoch, variant, unit: row.unit.replaceAll('-', '') }).features
    if (JSON.stringify(row.features) !== JSON.stringify(told ?? null)) wrong.push(`unit ${unitOf(row)} has features ${row.features}, not ${told}`)
    if (!world.metrics[0]?.weighed) continue
    const w = 1 / row.propensity
    add(counted, `${place} 0 w`, w)
    add(counted, `${place} 0 ww`, w * w)
    let at = 0
    for (const [i, one] of (told ?? []).entries()) for (const other of (told ?? []).slice(0, i + 1)) add(counted, `${place} gram[${at++}]`, one * other)
    for (const [index, plan] of world.metrics.entries()) {
      const worths = (byUnit.get(unitOf(row)) ?? []).map(({ measures }) => worth(plan, measures))
      const x = limited(plan, worths.reduce((sum, [value]) => sum + value, 0))
      const y = worths.reduce((sum, [, value]) => sum + value, 0)
      const own = { wx: w * x, wy: w * y, wwx: w * w * x, wwy: w * w * y, wwxx: w * w * x * x, wwxy: w * w * x * y, wwyy: w * w * y * y }
      for (const [key, value] of Object.entries(own)) add(counted, `${place} ${index + 1} ${key}`, value)
      if (plan.reward) for (const [i, one] of (told ?? []).entries()) {
        add(counted, `${place} x[${i}]`, one * x)
        add(counted, `${place} y[${i}]`, one * y)
      }
    }
  }
  const apart = [...new Set([...stored.keys(), ...counted.keys()])].filter((name) => !close(stored.get(name) ?? 0, counted.get(name) ?? 0))
  return [...wrong, ...apart.map((name) => `${name} is ${stored.get(name)}, recounted ${counted.get(name)}`)]
}
