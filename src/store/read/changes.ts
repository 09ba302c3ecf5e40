import type { Pool } from '../connect.ts'
import { stageRequires } from './gates.ts'

/** An epoch whose numbers may have changed, with the hash of its roll-ups, covariates, segments and sketches. */
export type AwakeEpoch = {
  scope: number
  epoch: number
  hash: string
  /** Roll-up rows that were hashed. */
  cells: number
  /** Nothing that is not in the hash can change it unseen: once this was looked at, it may be laid to rest. */
  quiet: boolean
}

/** An experiment, and what tells whether it changed: its row and its days (`head`), and the epochs that are not at rest. */
export type Changeable = { id: number; key: string; head: string; awake: AwakeEpoch[]; now: Date }

/**
 * Every running, paused or baking experiment, and every ended one whose numbers can still change, in one statement. It
 * reads the roll-ups of epochs that are awake: the open ones, and those that an outcome changed since the last looks; and
 * for `head` those of today's and yesterday's generation, and of shadows. Sums of row hashes do not depend on the order of rows.
 */
export const readChanges = (pool: Pick<Pool, 'run'>): Promise<Changeable[]> =>
  pool.run(
    (sql) => sql<Changeable[]>`
    select e.id, e.key, moment() as now, concat_ws(':', e.state, e.revision, e.epoch, d.hash, t.hash, s.hash,
      case when e.state = 'baking' then (select champion from models where id = e.model) end,
      case when e.state in ('running', 'paused', 'baking') then (
        select concat('drift ', registry_sync->>'observed') from models where id = e.model and registry_sync->>'status' = 'drift')
      end,
      case when e.definition->'policy'->'drills' is not null then (select max(id) from drills where state in ('passed', 'failed')) end,
      case when e.state in ('running', 'paused') and ${stageRequires(sql)} then (
        select concat('checks ', max(c.id)) from versions v join version_checks c on c.version = v.id where v.model = e.model) end) as head, coalesce(o.awake, '[]') as awake
    from experiments e
    left join lateral (
      select jsonb_agg(jsonb_build_object('scope', a.scope, 'epoch', a.epoch, 'hash', coalesce(h.hash, 0)::text, 'cells', h.cells, 'quiet',
        a.fading and a.barrier is not null and a.barrier <= pg_snapshot_xmin(pg_current_snapshot()))) as awake
      from awake_epochs a
      cross join lateral (
        select count(*) filter (where cell) as cells, sum(hash) as hash from (
          select true as cell, hash_record_extended(u, 0) as hash from rollups u where u.scope = a.scope and u.epoch = a.epoch
          union all select false, hash_record_extended(u, 0) from covariate_rollups u where u.scope = a.scope and u.epoch = a.epoch
          union all select false, hash_record_extended(u, 0) from feature_rollups u where u.scope = a.scope and u.epoch = a.epoch
          union all select false, hash_record_extended(u, 0) from segment_rollups u where u.scope = a.scope and u.epoch = a.epoch
          union all select false, hash_record_extended(u, 0) from sketches u where u.scope = a.scope and u.epoch = a.epoch
        ) parts
      ) h
      where a.scope = e.scope
    ) o on true
    left join lateral (
      select sum(hash_record_extended(u, 0))::text as hash
      from scopes g join rollups u on u.scope = g.id and u.epoch >= (floor(extract(epoch from moment()) / 86400)::int - 1) * 65536
      where g.parent = e.scope
    ) d on true
    left join lateral (
      select sum(hash_record_extended(u, 0))::text as hash from scopes h join rollups u on u.scope = h.id where h.shadow_of = e.scope
    ) s on true
    left join lateral (
      select sum(hash_record_extended(s, 0))::text as hash
      from signals s where s.subject in ('experiment:' || e.id, 'model:' || e.model) and e.state in ('running', 'paused', 'baking')
    ) t on true
    where e.id in (
      select id from experiments where state in ('running', 'paused', 'baking')
      union select s.experiment from awake_epochs a join scopes s on s.id = a.scope)
    order by e.id`,
  )
