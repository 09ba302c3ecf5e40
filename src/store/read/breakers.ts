import type { ExperimentFacts } from '../../core/analyze/analysis-input.ts'
import { standInsFor } from '../../core/breaker/stand-in.ts'
import type { ChampionSwitch } from '../../core/models/champion.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { readFacts } from './moments.ts'

/** An experiment as its breakers need it: what may stand in for its control comes in the order in which it is tried; and when its bake began. */
export type BreakerFacts = { experiment: ExperimentFacts; now: Date; fallbacks: string[]; begun: Date | null }

type ModelRow = { champion: string | null; fallbacks: string[]; history: ChampionSwitch[]; locked: string[] }

/** Those that the experiment names, else its model, else the champion before. */
const readFallbacks = async (tx: TransactionSql, { id, state, definition }: Pick<ExperimentFacts, 'id' | 'state' | 'definition'>): Promise<string[]> => {
  const [model] = await tx<ModelRow[]>`
    select to_json(m.fallbacks) as fallbacks, (select version from versions where id = m.champion) as champion,
      (select coalesce(json_agg(version), '[]') from versions where model = m.id and lock is not null) as locked,
      (select coalesce(json_agg(json_build_object('version', v.version, 'previous', p.version, 'kind', h.kind) order by h.seq), '[]')
        from champion_history h join versions v on v.id = h.version left join versions p on p.id = h.previous where h.model = m.id) as history
    from models m where m.id = (select model from experiments where id = ${id})`
  if (!model) return []
  const { champion, history, fallbacks, locked } = model
  return standInsFor({ named: definition.fallbacks ?? fallbacks, state, champion, history, locked: new Set(locked) })
}

/** What may stand in for the control now, for a person who asks for it. */
export const readStandIns = (pool: Pick<Pool, 'begin'>, experiment: Pick<ExperimentFacts, 'id' | 'state' | 'definition'>): Promise<{ versions: string[]; now: Date }> =>
  pool.begin(async (tx) => {
    const [row] = await tx<{ now: Date }[]>`select moment() as now`
    return { versions: await readFallbacks(tx, experiment), now: row!.now }
  })

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
