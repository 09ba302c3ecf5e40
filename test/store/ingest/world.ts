import { createHash } from 'node:crypto'
import type { Generation } from '../../../src/core/analyze/generations.ts'
import { ceilingOf, planOf, type MetricPlan } from '../../../src/core/analyze/metric-plan.ts'
import type { Assignment } from '../../../src/token/token.ts'
import type { Observed } from '../../../src/core/analyze/observed.ts'
import type { Pool } from '../../../src/store/pool.ts'

/** 32 hex digits that belong to a name. */
export const hex = (name: string): string => createHash('md5').update(name).digest('hex')

export const hour = 3_600_000

const conversion = planOf({ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
const capped = planOf({ key: 'spend', kind: 'total', measure: 'spend', direction: 'increase', cap: 5 })
const latency = planOf({ key: 'latency', kind: 'mean', measure: 'latency', direction: 'decrease', cap: 900, center: 400 })
const slow = planOf({
  key: 'slow', kind: 'mean', measure: 'latency', direction: 'decrease', threshold: { above: 800 },
})
const rate = planOf({
  key: 'rate', kind: 'ratio', measure: 'clicks', denominator: 'views', direction: 'increase', center: 0.5,
})

export type World = {
  id: number
  experiment: number
  watch: boolean
  metrics: MetricPlan[]
  window: string
  /** Who reports later is not in time; absent where nobody counts that. */
  reportBy?: string
  /** Its generation, once more in a scope of its own. */
  generation?: Generation
  /** What the request of this exposure told; the same for all with its unit, epoch and variant. */
  observe?: (exposure: Pick<Assignment, 'unit' | 'epoch' | 'variant'>) => Observed
}

type Scope = Omit<World, 'id' | 'generation'> & { generation?: Omit<Generation, 'scope'> }

/** Two stages of one experiment, one with a window of an hour; another experiment; a watch; a watch of nothing. */
const plain: Scope[] = [
  { experiment: 1, watch: false, metrics: [conversion, capped, latency, rate], window: '100 years', reportBy: '10 minutes' },
  { experiment: 1, watch: false, metrics: [slow, conversion], window: '1 hour', reportBy: '10 minutes' },
  { experiment: 2, watch: false, metrics: [latency, slow], window: '100 years' },
  { experiment: 1, watch: true, metrics: [capped], window: '100 years' },
  { experiment: 2, watch: true, metrics: [], window: '100 years' },
]

const tail = planOf({ key: 'tail', kind: 'quantile', measure: 'latency', direction: 'decrease', quantile: 0.95, center: 900 })
const half = planOf({ key: 'half', kind: 'quantile', measure: 'spend', direction: 'increase', quantile: 0.5 })

/** A number in [0, 1) that belongs to a name. */
const share = (name: string): number => Number.parseInt(hex(name).slice(0, 8), 16) / 2 ** 32

const inSegments = (plans: MetricPlan[]): MetricPlan[] => plans.map((plan) => ({ ...plan, segmented: true }))

const observe = (covariates: number, segments: number): NonNullable<World['observe']> => ({ unit, epoch, variant }) => {
  const name = `${unit}/${epoch}/${variant}`
  return {
    covariates: Array.from({ length: covariates }, (_, index) => {
      const value = share(`${name}/c${index}`)
      return value < 0.2 || index === 0 ? null : value * 10
    }),
    segments: Array.from({ length: segments }, (_, index) => {
      const value = share(`${name}/s${index}`)
      return value < 0.2 ? null : `"${Math.floor(value * (index === 0 ? 4 : 60))}`
    }),
  }
}

/** The same, and scopes with covariates (the first of a history), segments, quantiles, and all of them. */
export const observedScopes: Scope[] = [
  ...plain,
  {
    experiment: 3, watch: false, window: '1 hour', observe: observe(5, 2),
    metrics: inSegments([
      { ...capped, covariate: { history: true } }, conversion, { ...latency, covariate: { attribute: 'a' } },
      { ...rate, covariate: { attribute: 'b' } }, tail,
    ]),
  },
  { experiment: 3, watch: false, window: '100 years', metrics: [half, conversion, tail] },
  { experiment: 4, watch: false, window: '100 years', observe: observe(0, 2), metrics: inSegments([slow, capped]) },
  { experiment: 4, watch: true, window: '100 years', metrics: [tail] },
]

const weigh = (plans: MetricPlan[], reward: number): MetricPlan[] =>
  plans.map((plan, index) => ({ ...plan, weighed: true, ...(index === reward && { reward: true }) }))

/** What a request told, with features: the constant, a number, a value. */
const featured = (told: NonNullable<World['observe']>): NonNullable<World['observe']> => (exposure) => {
  const [number, value] = [share(`${exposure.unit}/f`), share(`${exposure.unit}/v`)]
  return { ...told(exposure), features: [1, 4 * number - 2, Number(value < 0.3)] }
}

const contextual: Scope[] = [
  { experiment: 5, watch: false, window: '100 years', metrics: weigh([capped, conversion, latency], 0), observe: featured(observe(0, 0)) },
  { experiment: 6, watch: false, window: '1 hour', metrics: weigh([conversion, rate, slow], 1), observe: featured(observe(0, 0)) },
  {
    experiment: 7, watch: false, window: '100 years', observe: featured(observe(2, 2)),
    metrics: weigh(inSegments([{ ...capped, covariate: { history: true } }, { ...latency, covariate: { attribute: 'a' } }]), 1),
  },
  { experiment: 8, watch: false, window: '100 years', metrics: [half, conversion] },
]

/** The same, and scopes of contextual bandits; one of them with everything else that may be observed. */
export const contextualScopes: Scope[] = [...plain, ...contextual]

/** Scopes with generations: by no weights, by those in force, by those of the first exposure; and with segments and quantiles. */
export const dailyScopes: Scope[] = [
  { ...plain[0]!, generation: { metrics: [conversion, rate], strata: null } },
  { ...plain[1]!, generation: { metrics: [slow], strata: 'served' } },
  { ...plain[2]!, generation: { metrics: [latency, slow], strata: 'exposed' } },
  plain[3]!,
]

export const dailyObservedScopes: Scope[] = [
  ...dailyScopes,
  {
    experiment: 3, watch: false, window: '100 years', observe: observe(3, 2), generation: { metrics: [conversion], strata: 'exposed' },
    metrics: inSegments([{ ...capped, covariate: { attribute: 'a' } }, conversion, tail]),
  },
]

/**
 * Generations beside contextual bandits; at the first one stands what another stage of such
 * an experiment has, whose units are weighted, and whose days are not.
 */
export const dailyContextualScopes: Scope[] = [
  ...dailyScopes,
  ...contextual.map((scope, index) => (index === 0 ? { ...scope, generation: { metrics: [conversion], strata: 'exposed' as const } } : scope)),
]

/** Put these scopes into a migrated database. */
export const createWorld = async (pool: Pick<Pool, 'run'>, scopes: readonly Scope[] = plain): Promise<World[]> => {
  const insert = async ({ experiment, watch, metrics, window, reportBy }: Scope, kind: string, parent: number | null, strata: string | null) => {
    const ceilings = `{${metrics.map(ceilingOf).join(',')}}`
    const [row] = await pool.run(
      (sql) => sql<{ id: number }[]>`
        insert into scopes (kind, experiment, model, metrics, ceilings, late_after, report_by, parent, strata)
        values (${kind}, ${watch ? null : experiment}, ${experiment},
          ${JSON.stringify(metrics)}, ${ceilings}::text::float8[], ${window}::text::interval, ${kind === 'generation' ? null : (reportBy ?? null)}::text::interval, ${parent}, ${strata}) returning id`,
    )
    return row?.id ?? 0
  }
  const worlds: World[] = []
  for (const { generation, ...scope } of scopes) {
    const id = await insert(scope, scope.watch ? 'watch' : 'stage', null, null)
    if (!generation) worlds.push({ ...scope, id })
    else {
      const daily = await insert({ ...scope, metrics: [...generation.metrics] }, 'generation', id, generation.strata)
      worlds.push({ ...scope, id, generation: { ...generation, scope: daily } })
    }
  }
  const [first, ...others] = worlds
  for (const { id, metrics, experiment } of others) {
    for (const [index, { covariate, kind }] of metrics.entries()) {
      if (!first || !covariate || !('history' in covariate) || experiment === first.experiment) continue
      const ordinal = first.metrics.findIndex((plan) => plan.kind === kind) + 1
      await pool.run((sql) => sql`
        insert into covariate_sources values (${id}, ${index + 1}, ${first.id}, ${ordinal}, ${kind}, 0, ${ceilingOf(first.metrics[ordinal - 1]!)})`)
    }
  }
  return worlds
}

export const assignment = (world: World, unit: string, variant: number, more: Partial<Assignment> = {}): Assignment => ({
  watch: world.watch,
  shadow: false,
  experiment: world.experiment,
  scope: world.id,
  epoch: 1,
  variant,
  unit: hex(unit),
  propensity: world.watch ? null : world.metrics[0]?.weighed ? 0.05 + 0.9 * share(`${unit}/${variant}`) : 0.5,
  time: Date.now(),
  id: hex(unit).slice(0, 16),
  ...more,
})
