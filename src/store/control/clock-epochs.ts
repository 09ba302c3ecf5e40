import type { Pool } from '../pool.ts'
import { publish } from './publish.ts'

/** Epochs of one length before the length doubles: with the default hour, two weeks. */
const perLength = 336
/** Milliseconds after an outcome window during which a transaction that began inside it may still commit. */
const graceMs = 60_000

/**
 * Begin the epochs whose time has come, for all experiments in one statement, and seal those that nothing can change
 * any more. An epoch without units goes on. Lengths count from the start of the experiment, so that epochs are not
 * clock hours; clock epochs are rows, never ledger entries. A bandit's epochs are turned where it is analysed, since
 * they take something from what was counted. Nothing happens when `fence` leads no more.
 */
export const turnEpochs = (pool: Pool, fence: number): Promise<{ rolled: number; sealed: number }> =>
  pool.begin(async (tx) => {
    const [leads] = await tx`select 1 from lease where name = 'engine' and fence = ${fence} and expires_at > clock_timestamp() for share`
    if (!leads) return { rolled: 0, sealed: 0 }
    const rolled = await tx<{ id: number }[]>`
      with due as (
        select e.id, e.epoch, e.scope, p.coverage, p.weights
        from experiments e join epochs p on p.experiment = e.id and p.epoch = e.epoch
        cross join lateral (
          select extract(epoch from (e.definition->>'epochLength')::interval) * pow(2, floor(e.epoch / ${perLength}::float8)) as seconds
        ) length
        where e.state in ('running', 'paused', 'baking') and p.ended_at is null
          and (e.state = 'baking' or e.definition->'stages'->e.stage->>'allocation' <> 'bandit')
          and floor(extract(epoch from moment() - e.started_at) / length.seconds)
            > floor(extract(epoch from p.started_at - e.started_at) / length.seconds)
          and exists (select from rollups r where r.scope = e.scope and r.epoch = e.epoch and r.metric = 0 and r.n > 0)
        order by e.id for update of e
      ), closed as (
        update epochs p set ended_at = moment() from due where p.experiment = due.id and p.epoch = due.epoch
      ), opened as (
        insert into epochs (experiment, epoch, scope, cause, coverage, weights)
        select id, epoch + 1, scope, 'clock', coverage, weights from due
      )
      update experiments e set epoch = due.epoch + 1, revision = e.revision + 1, changed_at = moment()
      from due where e.id = due.id returning e.id`
    if (rolled.length > 0) await publish(tx)
    const sealed = await tx<{ epoch: number }[]>`
      update epochs p set sealed_at = moment()
      from scopes s join experiments e on e.id = s.experiment
      where s.id = p.scope and p.sealed_at is null and p.ended_at is not null
        and s.late_after < interval '90 years'
        and p.ended_at + s.late_after + ${graceMs} * interval '1 millisecond' < moment()
      returning p.epoch`
    return { rolled: rolled.length, sealed: sealed.length }
  })
