import { notFound, ServiceError } from '../../errors.ts'
import { checkMetric } from '../../core/define/check-metric.ts'
import type { MetricDefinition } from '../../core/define/definitions.ts'
import type { Pool } from '../pool.ts'
import { isReal } from '../read/drills.ts'
import { pageOf, type PageRequest } from './pages.ts'
import { publish } from './publish.ts'

type Row = { definition: MetricDefinition }

/** Metrics: statistics over measures; what an experiment froze does not change with them. */
export const createMetrics = (pool: Pool) => ({
  create: async (metric: MetricDefinition): Promise<MetricDefinition> => {
    const violations = checkMetric(metric)
    if (violations.length > 0) throw new ServiceError('invalid_definition', `${violations[0]!.path}: ${violations[0]!.message}`, { violations })
    return pool.begin(async (tx) => {
      const [row] = await tx`
        insert into metrics (key, kind, definition) values (${metric.key}, ${metric.kind}, ${tx.json(metric as never)})
        on conflict (key) do nothing returning id`
      if (!row) throw new ServiceError('already_exists', `there is a metric "${metric.key}" already`)
      await publish(tx)
      return metric
    })
  },
  list: ({ limit, cursor }: PageRequest) =>
    pool.run(async (sql) => {
      const rows = await sql<Row[]>`
        select definition from metrics where ${isReal(sql, 'key')} and key > ${cursor ?? ''} collate "C" order by key collate "C" limit ${limit + 1}`
      return pageOf(rows, limit, ({ definition }) => definition, ({ definition }) => definition.key)
    }),
  get: async (key: string): Promise<MetricDefinition> => {
    const [row] = await pool.run((sql) => sql<Row[]>`select definition from metrics where key = ${key}`)
    if (!row) throw notFound('metric', key)
    return row.definition
  },
  named: async (keys: readonly string[]): Promise<MetricDefinition[]> => {
    const rows = await pool.run((sql) => sql<Row[]>`select definition from metrics where key = any(${keys as string[]})`)
    return rows.map(({ definition }) => definition)
  },
})
