import type { ExperimentFacts } from '../../core/analyze/analysis-input.ts'
import { type ChampionSwitch, rollbackTarget } from '../../core/models/champion.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { readFacts } from './moments.ts'

/** An experiment as its breakers need it: what may stand in for its control comes in the order in which it is tried; and when its bake began. */
export type BreakerFacts = { experiment: ExperimentFacts; now: Date; fallbacks: string[]; begun: Date | null }

type ModelRow = { champion: string | null; fallbacks: string[]; history: ChampionSwitch[]; locked: string[] }

/**
 * Those that the experiment names, else its model; where nobody names one, the champion before the present one. In a bake, where
 * the control is that one, the present champion comes first. Never a locked one.
 */
const readFallbacks = async (tx: TransactionSql, { id, state, definition }: ExperimentFacts): Promise<string[]> => {
  const [model] = await tx<ModelRow[]>`
    select to_json(m.fallbacks) as fallbacks, (select version from versions where id = m.champion) as champion,
      (select coalesce(json_agg(version), '[]') from versions where model = m.id and lock is not null) as locked,
      (select coalesce(json_agg(json_build_object('version', v.version, 'previous', p.version, 'kind', h.kind) order by h.seq), '[]')
        from champion_history h join versions v on v.id = h.version left join versions p on p.id = h.previous where h.model = m.id) as history
    from models m where m.id = (select model from experiments where id = ${id})`
  if (!model) return []
  const locked = new Set(model.locked)
  const named = definition.fallbacks ?? model.fallbacks
  const present = state === 'baking' && model.champion !== null ? [model.champion] : []
  if (named.length > 0) return [...present, ...named].filter((version) => !locked.has(version))
  const previous = rollbackTarget(model.history, locked)
  return 'version' in previous ? [...present, previous.version] : present
}

const readBegun = async (tx: TransactionSql, { id, scope }: ExperimentFacts): Promise<Date | null> => {
  const [row] = await tx<{ begun: Date | null }[]>`select min(started_at) as begun from epochs where experiment = ${id} and scope = ${scope}`
  return row?.begun ?? null
}

/** Null when there is no such experiment. */
export const readBreakers = (pool: Pick<Pool, 'begin'>, experiment: number): Promise<BreakerFacts | null> =>
  pool.begin(async (tx) => {
    const facts = await readFacts(tx, experiment)
    if (!facts) return null
    const { now, ...row } = facts
    return { experiment: row, now, fallbacks: await readFallbacks(tx, row), begun: row.state === 'baking' ? await readBegun(tx, row) : null }
  })
