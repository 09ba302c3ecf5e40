import type { MetricPlan } from '../../../src/core/analyze/metric-plan.ts'
import type { AttributedOutcome, Exposure } from '../../../src/deps.ts'
import type { Pool } from '../../../src/store/pool.ts'
import type { Acknowledged, Step } from './history.ts'
import { hour, type World } from './world.ts'

export type Cell = { n: number; sx: number; sy: number; sxx: number; sxy: number; syy: number }
type UnitRow = { scope: number; unit: string; epoch: number; variant: number; rebuilt: boolean; exposed: Date }
type CellRow = Cell & { scope: number; epoch: number; variant: number; metric: number }

export const noCell = (): Cell => ({ n: 0, sx: 0, sy: 0, sxx: 0, sxy: 0, syy: 0 })

/** X and Y that an outcome adds, straight from the definition of the metric kinds. */
export const worth = (plan: MetricPlan, measures: Readonly<Record<string, number>>): [number, number] => {
  const has = (plan.measure ?? '') in measures
  let value = measures[plan.measure ?? ''] ?? 0
  if (has && plan.threshold && 'above' in plan.threshold) value = Number(value > plan.threshold.above)
  if (plan.kind === 'ratio') {
    const denominator = measures[plan.denominator ?? ''] ?? 0
    return [value - plan.center * denominator, denominator]
  }
  if (!has) return [0, 0]
  if (plan.kind === 'quantile') return [Number(plan.reference !== undefined && value <= plan.reference), 1]
  if (plan.kind === 'conversion') return [Number(value !== 0), 1]
  if (plan.kind === 'mean') return [(plan.cap === null ? value : Math.min(value, plan.cap)) - plan.center, 1]
  return [value, 1]
}

export const limited = (plan: MetricPlan, x: number): number => {
  if (plan.kind === 'conversion') return Math.min(x, 1)
  return plan.kind === 'total' && plan.cap !== null ? Math.min(x, plan.cap) : x
}

export const close = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other))

export const experimentOf = ({ assignment }: AttributedOutcome): number =>
  assignment.watch ? -assignment.experiment : assignment.experiment
export const keyOf = (outcome: AttributedOutcome): string => `${experimentOf(outcome)}:${outcome.key}`
export const unitOf = ({ scope, unit }: { scope: number; unit: string }): string => `${scope}:${unit.replaceAll('-', '')}`

/** What is wrong with the answers by themselves, given where each unit ended up. */
const checkAnswers = (worlds: readonly World[], log: readonly Acknowledged[], units: ReadonlyMap<string, UnitRow>): string[] => {
  const wrong: string[] = []
  const stored = new Map<string, AttributedOutcome[]>()
  for (const { outcome, answer } of log) {
    if (answer !== 'accepted' && answer !== 'late' && answer !== 'crossed') continue
    const same = stored.get(keyOf(outcome)) ?? []
    if (same.some((other) => other.revision === outcome.revision)) wrong.push(`${keyOf(outcome)} revision ${outcome.revision} stored twice`)
    stored.set(keyOf(outcome), [...same, outcome])
    const row = units.get(unitOf(outcome.assignment))
    if (!row) {
      wrong.push(`the unit of ${keyOf(outcome)} is missing`)
      continue
    }
    const crossed = row.variant !== outcome.assignment.variant
    const world = worlds.find(({ id }) => id === outcome.assignment.scope)
    const late = world?.window === '1 hour' && row.exposed.getTime() < Date.now() - 1.5 * 3_600_000
    const expected = crossed ? ['crossed', ...(late ? ['late'] : [])] : [late ? 'late' : 'accepted']
    if (!expected.includes(answer)) wrong.push(`${keyOf(outcome)}: answered ${answer}, expected ${expected.join(' or ')}`)
  }
  for (const { outcome, answer } of log) {
    const others = stored.get(keyOf(outcome)) ?? []
    const elsewhere = others.some(({ assignment }) => unitOf(assignment) !== unitOf(outcome.assignment))
    const covered = others.some(({ revision, digest }) =>
      revision > outcome.revision || (revision === outcome.revision && digest === outcome.digest))
    const contradicted = others.some(({ revision, digest }) => revision === outcome.revision && digest !== outcome.digest)
    const justified =
      answer === 'duplicate' ? covered && !elsewhere
      : answer === 'id_conflict' ? elsewhere || contradicted
      : answer === 'accepted' || answer === 'late' || answer === 'crossed'
    if (!justified) wrong.push(`${keyOf(outcome)} revision ${outcome.revision}: answered ${String(answer)} without cause`)
  }
  return wrong
}

/** Roll-ups as they must be: by the last revision of each key that was answered `accepted`. */
const recount = (worlds: readonly World[], log: readonly Acknowledged[], units: ReadonlyMap<string, UnitRow>): Map<string, Cell> => {
  const counted = new Map<string, AttributedOutcome>()
  for (const { outcome, answer } of log) {
    const before = counted.get(keyOf(outcome))
    if (answer === 'accepted' && (!before || outcome.revision > before.revision)) counted.set(keyOf(outcome), outcome)
  }
  const byUnit = Map.groupBy(counted.values(), ({ assignment }) => unitOf(assignment))
  const cells = new Map<string, Cell>()
  for (const [name, row] of units) {
    const world = worlds.find(({ id }) => id === row.scope)
    const metrics = world?.metrics ?? []
    const outcomes = byUnit.get(name) ?? []
    const at = (metric: number): Cell => {
      const cell = `scope ${row.scope}, epoch ${row.epoch}, variant ${row.variant}, metric ${metric}`
      if (!cells.has(cell)) cells.set(cell, noCell())
      return cells.get(cell) as Cell
    }
    const counts = at(0)
    counts.n++
    counts.sx += Number(outcomes.length > 0)
    const inTime = world?.reportBy !== undefined && row.exposed.getTime() > Date.now() - hour
    counts.sxx += Number(inTime && outcomes.length > 0)
    counts.sy += outcomes.length
    for (const [index, plan] of metrics.entries()) {
      const worths = outcomes.map(({ measures }) => worth(plan, measures))
      const x = limited(plan, worths.reduce((sum, [one]) => sum + one, 0))
      const y = worths.reduce((sum, [, one]) => sum + one, 0)
      const cell = at(index + 1)
      cell.n += Number(plan.kind === 'ratio' ? x !== 0 || y !== 0 : y > 0)
      cell.sx += x
      cell.sy += y
      cell.sxx += x * x
      cell.sxy += x * y
      cell.syy += y * y
    }
  }
  return cells
}

/**
 * Compare what a database holds with what was sent and acknowledged, in words. Only the exposure that won each race is
 * taken from the database; everything else is computed here.
 */
export const differences = async (
  pool: Pick<Pool, 'run'>,
  worlds: readonly World[],
  steps: readonly Step[],
  log: readonly Acknowledged[],
): Promise<string[]> => {
  const days = worlds.flatMap(({ generation }) => (generation ? [generation.scope] : []))
  const rows = await pool.run((sql) => sql<UnitRow[]>`select scope, unit::text, epoch, variant, rebuilt, exposed from units where not scope = any(${days})`)
  const stored = await pool.run((sql) => sql<CellRow[]>`
    select scope, epoch, variant, metric, sum(n)::int n, sum(sx) sx, sum(sy) sy, sum(sxx) sxx, sum(sxy) sxy, sum(syy) syy
    from rollups where not scope = any(${days}) group by scope, epoch, variant, metric`)
  const units = new Map(rows.map((row) => [unitOf(row), row]))

  const reported = new Map<string, Exposure[]>()
  const claim = (exposure: Exposure): void => {
    reported.set(unitOf(exposure), [...(reported.get(unitOf(exposure)) ?? []), exposure])
  }
  for (const step of steps) {
    if ('exposures' in step) step.exposures.forEach(claim)
    else for (const { assignment } of 'single' in step ? [step.single] : step.batch) claim(assignment)
  }
  const wrong: string[] = []
  for (const [name, claims] of reported) {
    const row = units.get(name)
    if (!row) wrong.push(`unit ${name} was sent and is missing`)
    else if (!claims.some(({ epoch, variant }) => epoch === row.epoch && variant === row.variant)) {
      wrong.push(`unit ${name} has an exposure that nobody sent`)
    }
  }
  if (units.size !== reported.size) wrong.push(`${units.size} units, ${reported.size} were sent`)
  if (log.length !== steps.reduce((sum, step) => sum + ('single' in step ? 1 : 'batch' in step ? step.batch.length : 0), 0)) {
    wrong.push('not everything that was sent was acknowledged')
  }
  wrong.push(...checkAnswers(worlds, log, units))

  const expected = recount(worlds, log, units)
  for (const row of stored) {
    const name = `scope ${row.scope}, epoch ${row.epoch}, variant ${row.variant}, metric ${row.metric}`
    const cell = expected.get(name) ?? noCell()
    expected.delete(name)
    for (const field of ['n', 'sx', 'sy', 'sxx', 'sxy', 'syy'] as const) {
      if (!close(row[field], cell[field])) wrong.push(`${name}: ${field} is ${row[field]}, recounted ${cell[field]}`)
    }
  }
  for (const [name, cell] of expected) {
    if (Object.values(cell).some((value) => value !== 0)) wrong.push(`${name} is missing`)
  }
  return wrong
}
