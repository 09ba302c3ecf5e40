import { nothingDone } from '../../core/decide/undo.ts'
import type { VersionRecord } from '../../core/define/definitions.ts'
import { retrainAction, type RetrainCall, type RetrainFacts, retrainCalls, retrainWords } from '../../core/models/retrain.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { isReal } from '../read/drills.ts'
import { requireModel, tell } from './models.ts'
import { leads } from './watch-acts.ts'

type Row = Pick<RetrainFacts, 'retrain' | 'now' | 'experiments' | 'stopped' | 'told'> & {
  id: number; key: string
  champion: (Omit<NonNullable<RetrainFacts['champion']>, 'since'> & { since: string }) | null
}

/** Models that say when they should be trained again, or one of them, with all that decides it. */
const readModels = (tx: TransactionSql, model: number | null = null) => tx<Row[]>`
  select m.id, m.key, m.retrain, moment() as now,
    case when h.at is not null then jsonb_build_object('version', v.version, 'since', h.at,
      'alerts', case when (v.watch_state->>'scope')::int = v.watch_scope then v.watch_state->'alerts' else '[]' end,
      'outcomes', (select coalesce(sum(r.sy), 0) from scopes s join rollups r on r.scope = s.id
        where (s.version = v.id or s.id = v.watch_scope) and r.metric = 0 and r.epoch >= floor(extract(epoch from h.at) / 86400)::int)) end as champion,
    (select coalesce(jsonb_agg(jsonb_build_object('key', e.key, 'variants', e.variants, 'holds', e.holds) order by e.id), '[]')
      from experiments e where e.model = m.id and e.state in ('running', 'paused', 'baking')) as experiments,
    (select coalesce(jsonb_agg(jsonb_build_object('decision', l.id, 'key', e.key, 'variants', e.variants,
        'variant', l.entry->'variant', 'evidence', l.entry->'evidence') order by l.id), '[]')
      from experiments e join ledger l on l.experiment = e.id
      where e.model = m.id and e.state <> 'draft' and coalesce(e.ended_at, moment()) > moment() - interval '1 day'
        and l.action in ('kill', 'rollback', 'roll-through') and l.at > moment() - interval '1 day') as stopped,
    (select coalesce(jsonb_agg((l.entry->'evidence') || jsonb_build_object('at', l.entry->'at') order by l.seq), '[]')
      from ledger l where l.chain = 'model:' || m.id and l.action = ${retrainAction}) as told
  from models m left join versions v on v.id = m.champion
    left join lateral (select at from champion_history where model = m.id order by seq desc limit 1) h on true
  where m.retrain is not null and ${isReal(tx, 'm.key')} and (${model}::int is null or m.id = ${model}) order by m.id`

const callsOf = ({ champion, ...row }: Row): RetrainCall[] =>
  retrainCalls({ ...row, champion: champion && { ...champion, since: new Date(champion.since) } })

/** Those where it was seen; what was seen elsewhere concerns those under way, and the one that made the version champion. */
const concerned = async (tx: TransactionSql, { id, experiments }: Row, { version, experiments: own }: RetrainCall): Promise<string[]> => {
  if (own.length > 0) return own
  const made = await tx<{ key: string }[]>`
    select e.key from champion_history h join versions v on v.id = h.version join experiments e on e.id = h.experiment
    where h.model = ${id} and v.version = ${version} order by h.seq desc limit 1`
  return [...new Set([...experiments, ...made].map(({ key }) => key))]
}

const evidenceOf = async (tx: TransactionSql, row: Row, call: RetrainCall) => {
  const { cause, version, signs, outcomes } = call
  const [found] = await tx<{ checkpoint: VersionRecord['checkpoint'] | null }[]>`
    select record->'checkpoint' as checkpoint from versions where model = ${row.id} and version = ${version}`
  const experiments = (await concerned(tx, row, call)).map((key) =>
    ({ key, cases: `/api/experiments/${key}/cases`, state: `/api/experiments/${key}/state` }))
  return { cause, version, checkpoint: found?.checkpoint ?? null, experiments, signs, outcomes }
}

/**
 * Tell of every version that should be trained again and of which nobody was told: an entry of the model's chain, and with
 * it its webhooks. What was told is read again under the model's lock, so that two engines, or one that begins anew, never
 * say the same twice. Nothing happens when `fence` leads no more.
 *
 * @returns keys of the models of which something was told
 */
export const callForRetraining = async (pool: Pool, fence: number): Promise<string[]> => {
  const due = (await pool.begin((tx) => readModels(tx))).filter((row) => callsOf(row).length > 0)
  const told: string[] = []
  for (const { id, key } of due) {
    const calls = await pool.begin(async (tx) => {
      const model = await requireModel(tx, key, true)
      const [row] = await readModels(tx, id)
      if (!row || !(await leads(tx, fence))) return []
      const found = callsOf(row)
      for (const call of found) {
        await tell(tx, model, {
          actor: 'engine', action: retrainAction, reason: retrainWords(call), rule: `retrain-${call.cause}`, mode: 'auto',
          evidence: await evidenceOf(tx, row, call), undo: nothingDone,
        })
      }
      return found
    })
    if (calls.length > 0) told.push(key)
  }
  return told
}
