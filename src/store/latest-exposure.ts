import type { Pool } from './pool.ts'

export type LatestExposure = {
  scope: number
  epoch: number
  variant: number
  propensity: number
  exposed: Date
}

/** The exposure of a unit (keyed hash) in the newest stage scope of an experiment that knows it, or null. */
export const latestExposure = async (
  pool: Pick<Pool, 'run'>,
  experiment: number,
  unit: string,
): Promise<LatestExposure | null> => {
  const [row] = await pool.run(
    (sql) => sql<LatestExposure[]>`
      select s.id scope, u.epoch, u.variant, u.propensity, u.exposed
      from scopes s
      cross join lateral (select * from units where scope = s.id and unit = ${unit} limit 1) u
      where s.experiment = ${experiment} and s.kind = 'stage' order by s.id desc limit 1`,
  )
  return row ?? null
}

/** What an experiment randomises, by its key; null when there is no such experiment. */
export const unitTypeOf = async (pool: Pick<Pool, 'run'>, key: string): Promise<{ id: number; unitType: string } | null> => {
  const [row] = await pool.run(
    (sql) => sql<{ id: number; unitType: string }[]>`
      select id, definition->>'unit' "unitType" from experiments where key = ${key}`,
  )
  return row ?? null
}
