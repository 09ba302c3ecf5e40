import type { Pool } from '../pool.ts'

/** An epoch of a scope. */
export type EpochOf = { scope: number; epoch: number }

/**
 * Let closed epochs fade: the first step to their rest, which ends when no transaction runs any more that could have
 * changed one without seeing that it fades. A change wakes it again at any time. Nobody is waited for: rows that
 * ingestion holds just now are left to the next tick. The last epoch of an ended experiment stays awake until its
 * outcomes are too late to count, since until then time alone changes what is matured. Nothing happens when `fence`
 * leads no more.
 */
export const fadeEpochs = (pool: Pool, fence: number): Promise<void> =>
  pool.begin(async (tx) => {
    const [leads] = await tx`select 1 from lease where name = 'engine' and fence = ${fence} and expires_at > clock_timestamp() for share`
    if (!leads) return
    await tx`
      delete from awake_epochs where (scope, epoch) in (
        select a.scope, a.epoch from awake_epochs a join scopes s on s.id = a.scope join experiments e on e.id = s.experiment
        where e.scope is distinct from a.scope for update of a skip locked)`
    await tx`
      update awake_epochs set barrier = pg_current_xact_id() where (scope, epoch) in (
        select scope, epoch from awake_epochs where fading and barrier is null for update skip locked)`
    await tx`
      update awake_epochs set fading = true where (scope, epoch) in (
        select a.scope, a.epoch from awake_epochs a join scopes s on s.id = a.scope join experiments e on e.id = s.experiment
        join epochs p on p.experiment = e.id and p.epoch = a.epoch
        where not a.fading and p.ended_at is not null
          and (p.epoch <> e.epoch or p.sealed_at is not null or s.late_after >= interval '90 years')
        for update of a skip locked)`
  })

/**
 * Lay to rest epochs that readChanges found quiet and whose numbers were looked at, unless they changed meanwhile. Who
 * keeps their numbers in memory may do so for as long as they stay at rest. Answers how many were.
 */
export const restEpochs = (pool: Pool, fence: number, quiet: readonly EpochOf[]): Promise<number> =>
  pool.begin(async (tx) => {
    const [leads] = await tx`select 1 from lease where name = 'engine' and fence = ${fence} and expires_at > clock_timestamp() for share`
    if (!leads) return 0
    const rested = await tx`
      with gone as (
        delete from awake_epochs where (scope, epoch) in (
          select a.scope, a.epoch from awake_epochs a
          join unnest(${quiet.map(({ scope }) => scope)}::int[], ${quiet.map(({ epoch }) => epoch)}::int[]) q(scope, epoch) using (scope, epoch)
          where a.fading and a.barrier is not null for update of a skip locked)
        returning scope, epoch
      )
      update epochs p set rested = pg_current_xact_id() from gone join scopes s on s.id = gone.scope
      where p.experiment = s.experiment and p.epoch = gone.epoch returning p.epoch`
    return rested.length
  })
