import { dayAt, dayOfEpoch, generationUnit, stratumOf } from '../../../src/core/analyze/generations.ts'
import type { AttributedOutcome, Exposure } from '../../../src/deps.ts'
import type { Pool } from '../../../src/store/pool.ts'
import type { Acknowledged, Step } from './history.ts'
import { type Cell, close, experimentOf, limited, noCell, unitOf, worth } from './recount.ts'
import { hour, type World } from './world.ts'

type UnitRow = { scope: number; unit: string; epoch: number; variant: number; exposed: Date }
type CellRow = Cell & { scope: number; epoch: number; variant: number; metric: number }
type RawRow = { experiment: number; key: string; revision: number; daily: boolean }
type Stored = { outcome: AttributedOutcome; day: number; unit: string; daily: boolean }

const nameOf = (experiment: number, key: string, revision: number): string => `${experiment}:${key.replaceAll('-', '')}:${revision}`

/**
 * Compare generations with what was sent and acknowledged, in words. Which exposure won, and whether a unit that had no
 * assignment in its outcome's token was there already, are taken from the database.
 */
export const dailyDifferences = async (
  pool: Pick<Pool, 'run'>, worlds: readonly World[], steps: readonly Step[], log: readonly Acknowledged[], dayOf: (client: number) => number,
): Promise<string[]> => {
  const scopes = worlds.flatMap(({ generation }) => (generation ? [generation.scope] : []))
  const [rows, cells, raw] = await pool.run((sql) => Promise.all([
    sql<UnitRow[]>`select scope, unit::text, epoch, variant, exposed from units where scope = any(${scopes})`,
    sql<CellRow[]>`
      select scope, epoch, variant, metric, sum(n)::int n, sum(sx) sx, sum(sy) sy, sum(sxx) sxx, sum(sxy) sxy, sum(syy) syy
      from rollups where scope = any(${scopes}) group by scope, epoch, variant, metric`,
    sql<RawRow[]>`select experiment, key::text, revision, daily from outcomes`,
  ]))
  const units = new Map(rows.map((row) => [unitOf(row), row]))
  const daily = new Set(raw.filter((row) => row.daily).map(({ experiment, key, revision }) => nameOf(experiment, key, revision)))
  const wrong: string[] = []

  // every unit of a day was assigned on it
  const claims = new Map<string, Exposure[]>()
  const claim = (exposure: Exposure): void => {
    const generation = worlds.find(({ id }) => id === exposure.scope)?.generation
    if (!generation) return
    const name = unitOf({ scope: generation.scope, unit: generationUnit(exposure.unit, dayAt(exposure.time)) })
    claims.set(name, [...(claims.get(name) ?? []), exposure])
  }
  for (const step of steps) {
    if ('exposures' in step) step.exposures.forEach(claim)
    else for (const { assignment } of 'single' in step ? [step.single] : step.batch) claim(assignment)
  }
  for (const [name, row] of units) {
    const world = worlds.find(({ generation }) => generation?.scope === row.scope)
    const strata = world?.generation?.strata
    const sent = (claims.get(name) ?? []).filter(({ variant, time }) => variant === row.variant && dayAt(time) === dayOfEpoch(row.epoch))
    if (sent.length === 0) wrong.push(`${name} was not assigned on its day`)
    const stratum = stratumOf(row.epoch)
    // by the first exposure: of any day
    const known = strata === 'exposed' ? [...claims.values()].flat().filter(({ unit, scope }) => scope === world?.id && sent[0]?.unit === unit) : sent
    if (strata === null ? stratum !== 0 : !known.some(({ epoch }) => epoch === stratum)) wrong.push(`${name} has the stratum ${stratum}`)
  }

  const byKey = new Map<string, Stored[]>()
  for (const { outcome, answer, client } of log) {
    const { assignment, key, revision } = outcome
    const generation = worlds.find(({ id }) => id === assignment.scope)?.generation
    if (!generation || !['accepted', 'late', 'crossed'].includes(String(answer))) continue
    const name = nameOf(experimentOf(outcome), key, revision)
    const day = dayOf(client)
    const unit = unitOf({ scope: generation.scope, unit: generationUnit(assignment.unit, day) })
    const stored = byKey.get(`${experimentOf(outcome)}:${key}`) ?? []
    byKey.set(`${experimentOf(outcome)}:${key}`, [...stored, { outcome, day, unit, daily: daily.has(name) }])
  }

  const folded = new Map<string, AttributedOutcome[]>()
  for (const [key, all] of byKey) {
    const stored = all.toSorted((one, other) => one.outcome.revision - other.outcome.revision)
    const counted = stored.filter((one) => one.daily)
    if (new Set(counted.map(({ unit }) => unit)).size > 1) wrong.push(`${key} counts on several days`)
    for (const { outcome: { assignment, revision }, day, unit, daily: counts } of stored) {
      const row = units.get(unit)
      const late = worlds.find(({ id }) => id === assignment.scope)?.window === '1 hour' && row && row.exposed.getTime() < Date.now() - hour
      const due = dayAt(assignment.time) === day && row?.variant === assignment.variant && !late
      if (counts && row?.variant !== assignment.variant) wrong.push(`${key} revision ${revision} counts under another variant`)
      if (counts && late) wrong.push(`${key} revision ${revision} counts too late`)
      if (!counts && due && !counted.some((one) => one.unit !== unit)) wrong.push(`${key} revision ${revision} does not count on its day`)
    }
    const last = counted.at(-1)
    if (last) folded.set(last.unit, [...(folded.get(last.unit) ?? []), last.outcome])
  }

  const expected = new Map<string, Cell>()
  for (const [name, row] of units) {
    const { metrics = [] } = worlds.find(({ generation }) => generation?.scope === row.scope)?.generation ?? {}
    const outcomes = folded.get(name) ?? []
    const add = (metric: number, sums: Cell): void => {
      const at = `scope ${row.scope}, epoch ${row.epoch}, variant ${row.variant}, metric ${metric}`
      const cell = expected.get(at) ?? noCell()
      for (const field of Object.keys(cell) as (keyof Cell)[]) cell[field] += sums[field]
      expected.set(at, cell)
    }
    add(0, { ...noCell(), n: 1, sx: Number(outcomes.length > 0), sy: outcomes.length })
    for (const [index, plan] of metrics.entries()) {
      const worths = outcomes.map(({ measures }) => worth(plan, measures))
      const x = limited(plan, worths.reduce((sum, [one]) => sum + one, 0))
      const y = worths.reduce((sum, [, one]) => sum + one, 0)
      const n = Number(plan.kind === 'ratio' ? x !== 0 || y !== 0 : y > 0)
      add(index + 1, { n, sx: x, sy: y, sxx: x * x, sxy: x * y, syy: y * y })
    }
  }
  const found = new Map(cells.map((row) => [`scope ${row.scope}, epoch ${row.epoch}, variant ${row.variant}, metric ${row.metric}`, row]))
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [one, other] = [found.get(name) ?? noCell(), expected.get(name) ?? noCell()]
    for (const field of ['n', 'sx', 'sy', 'sxx', 'sxy', 'syy'] as const) {
      if (!close(one[field], other[field])) wrong.push(`${name}: ${field} is ${one[field]}, recounted ${other[field]}`)
    }
  }
  return wrong
}
