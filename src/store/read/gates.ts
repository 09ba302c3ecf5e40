import type { VersionGate } from '../../core/models/checks.ts'
import type { Sql, TransactionSql } from '../client.ts'

type Client = Sql | TransactionSql

/**
 * How the latest check of each of these names stands, of the version `v`: JSON of `[{name, status, at}]` by name. One that was
 * of another artifact, or came before the record was replaced, is outdated.
 *
 * @param names a query of one column
 */
export const checksOf = (sql: Client, names: ReturnType<Sql>) => sql`(
  select coalesce(json_agg(json_build_object('name', n.name, 'at', to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'status', case when c.received_at < v.changed_at or c.digest <> v.record->>'digest' then 'outdated' else c.status end) order by n.name), '[]')
  from (select distinct name from (${names}) x(name)) n left join lateral (
    select status, at, digest, received_at from version_checks
    where version = v.id and name = n.name order by at desc, id desc limit 1) c on true)`

/** Does a stage of experiment `e` require checks? */
export const stageRequires = (sql: Client) => sql`jsonb_path_exists(e.definition, '$.stages[*].requires[*]')`

/** Of experiment `e` on model `m`: what keeps the versions of its variants from serving anybody, or does not; JSON of `VersionGate[]`. */
export const gatesOf = (sql: Client) => sql`(
  select coalesce(json_agg(json_build_object('version', v.version, 'ready', v.ready_at is not null, 'checks', ${checksOf(sql, sql`
    select unnest(m.requires) union all select jsonb_array_elements_text(coalesce(e.definition->'requires', '[]'))`)},
    'stageChecks', ${checksOf(sql, sql`
      select jsonb_array_elements_text(one->'requires') from jsonb_array_elements(e.definition->'stages') one`)}) order by v.id), '[]')
  from versions v where v.model = m.id and v.version in (select one->>'version' from jsonb_array_elements(e.variants) one))`

/** Of an experiment with a stage that requires checks: what is known of its versions; undefined of any other. */
export const readStageGates = async (tx: TransactionSql, experiment: number): Promise<VersionGate[] | undefined> => {
  const [row] = await tx<{ gates: VersionGate[] }[]>`
    select ${gatesOf(tx)} as gates from experiments e join models m on m.id = e.model where e.id = ${experiment} and ${stageRequires(tx)}`
  return row?.gates
}
