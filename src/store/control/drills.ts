import { drillAction, type DrillState, type DrillType, type DrillView } from '../../core/drills/drill.ts'
import { rehearsalPrefix } from '../../core/drills/keys.ts'
import { ServiceError } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { drillColumns, type DrillRow, drillView } from '../read/drills.ts'
import { hashOf } from './canonical.ts'
import { appendEntry } from './ledger.ts'
import { publish } from './publish.ts'

/** Without a word from its process for as long, a drill is abandoned. */
const silence = '15 seconds'

export type DrillEnd = { state: Exclude<DrillState, 'running'>; text: string; units: number | null }

/** The keys of what a drill rehearses on begin so. */
const keysOf = (id: number): string => `${rehearsalPrefix}${id}:`

/** How it ended, in the chain of its first model; only a failure is told to webhooks. */
const tellEnd = async (tx: TransactionSql, drill: DrillView): Promise<void> => {
  const [model] = await tx<{ id: number; key: string; now: Date }[]>`
    select id, key, moment() as now from models where starts_with(key, ${keysOf(drill.id)}) order by id limit 1 for update`
  if (!model) return
  const { actor, state, text, id, type, decision, timeToDetectMs, timeToRevertMs, units } = drill
  await appendEntry(tx, { experiment: null, model: model.id }, {
    actor, action: drillAction, mode: 'auto', experiment: null, model: model.key, stage: 0, variant: null, rule: type,
    reason: `The ${type} drill ${id} ${state === 'abandoned' ? 'was abandoned' : state}: ${text}`,
    status: state === 'passed' ? 'applied' : state === 'failed' ? 'failed' : 'held',
    epochBefore: 0, epochAfter: 0, weightsBefore: [], weightsAfter: [], policyHash: hashOf({}),
    evidence: { drill: id, decision, timeToDetectMs, timeToRevertMs, units }, undo: { text: 'It was only a drill.', calls: [] },
  }, model.now)
}

const end = async (tx: TransactionSql, id: number, { state, text, units }: DrillEnd): Promise<DrillView | null> => {
  const [row] = await tx<DrillRow[]>`
    update drills set state = ${state}, text = ${text}, units = coalesce(${units}::int, units), ended_at = moment()
    where id = ${id} and state = 'running' returning ${drillColumns(tx)}`
  if (!row) return null
  const drill = drillView(row)
  await tellEnd(tx, drill)
  await publish(tx)
  return drill
}

/** End drills whose process says nothing any more. */
const endDead = async (tx: TransactionSql): Promise<void> => {
  const dead = await tx<{ id: number }[]>`
    select id from drills where state = 'running' and heartbeat < clock_timestamp() - ${silence}::interval for update`
  for (const { id } of dead) await end(tx, id, { state: 'abandoned', text: 'The process that ran it ended in the middle.', units: null })
}

/** Drills as those see them who run them. @param holder uuid of this process */
export const createDrillStore = (pool: Pool, holder: string) => ({
  /** Take the place of the one drill that may run. @throws {ServiceError} conflict while another one does */
  begin: (type: DrillType, actor: string): Promise<DrillView> =>
    pool.begin(async (tx) => {
      await endDead(tx)
      const [row] = await tx<DrillRow[]>`
        insert into drills (type, actor, holder, text) values (${type}, ${actor}, ${holder}, 'It begins.') on conflict do nothing returning ${drillColumns(tx)}`
      if (row) return drillView(row)
      const [other] = await tx<{ id: number; type: string }[]>`select id, type from drills where state = 'running'`
      throw new ServiceError('conflict', other ? `the ${other.type} drill ${other.id} is running; one at a time` : 'another drill began at the same moment')
    }),
  /** Say that it goes on, and how far it is; false when it has been ended by somebody else. */
  beat: (id: number, units: number, text: string): Promise<boolean> =>
    pool.run(async (sql) => {
      const rows = await sql`
        update drills set heartbeat = clock_timestamp(), units = ${units}, text = ${text} where id = ${id} and holder = ${holder} and state = 'running' returning id`
      return rows.length > 0
    }),
  /** The database's time. */
  moment: (): Promise<Date> => pool.run(async (sql) => (await sql<{ now: Date }[]>`select moment() as now`)[0]!.now),
  /** Note what was seen; what is absent stays. */
  note: async (id: number, seen: { faultAt?: Date; detectedAt?: Date; decision?: number; revertedAt?: Date }): Promise<void> => {
    await pool.run((sql) => sql`
      update drills set fault_at = coalesce(${seen.faultAt ?? null}, fault_at), detected_at = coalesce(${seen.detectedAt ?? null}, detected_at),
        decision = coalesce(${seen.decision ?? null}, decision), reverted_at = coalesce(${seen.revertedAt ?? null}, reverted_at)
      where id = ${id} and holder = ${holder} and state = 'running'`)
  },
  /** How often the engine has looked at an experiment that had so many units at least. */
  looks: (experiment: string, units: number): Promise<number> =>
    pool.run(async (sql) => {
      const [row] = await sql<{ looks: number }[]>`
        select count(*)::int as looks from analyses a join experiments e on e.id = a.experiment
        where e.key = ${experiment} and (a.report->>'units')::float8 >= ${units}`
      return row?.looks ?? 0
    }),
  end: (id: number, how: DrillEnd): Promise<DrillView | null> => pool.begin((tx) => end(tx, id, how)),
  /** Ids of drills that are over and left something behind, those among them whose process ended. */
  leftovers: (): Promise<number[]> =>
    pool.begin(async (tx) => {
      await endDead(tx)
      const rows = await tx<{ id: number }[]>`
        select id from drills where state <> 'running' and cleared_at is null and (holder = ${holder} or heartbeat < clock_timestamp() - ${silence}::interval)`
      return rows.map(({ id }) => id)
    }),
  /** The experiments of a drill that are not archived. */
  experiments: (id: number): Promise<{ key: string; state: string }[]> =>
    pool.run((sql) => sql<{ key: string; state: string }[]>`
      select key, state from experiments where starts_with(key, ${keysOf(id)}) and state <> 'archived' order by id`),
  /** Remove everything that was counted. Definitions, epochs and the ledger with its inputs stay, so that it verifies and replays. */
  clear: (id: number): Promise<void> =>
    pool.begin(async (tx) => {
      await tx`set local statement_timeout = 0`
      const models = await tx<{ id: number }[]>`select id from models where starts_with(key, ${keysOf(id)})`
      const experiments = await tx<{ id: number }[]>`select id from experiments where starts_with(key, ${keysOf(id)})`
      const numbers = (ids: readonly number[]): string => `{${ids.join()}}`
      const own = numbers(experiments.map((one) => one.id))
      const scopes = await tx<{ id: number }[]>`select id from scopes where model = any(${numbers(models.map((one) => one.id))}::int[])`
      const counted = numbers([...experiments.map((one) => one.id), ...models.map((one) => -one.id)])
      await tx`delete from outcomes where experiment = any(${counted}::int[]) and day >= (select (started_at at time zone 'UTC')::date - 1 from drills where id = ${id})`
      await tx`delete from outcome_keys where experiment = any(${counted}::int[])`
      for (const table of countedIn) await tx`delete from ${tx(table)} where scope = any(${numbers(scopes.map((one) => one.id))}::int[])`
      await tx`delete from analyses where experiment = any(${own}::int[])`
      await tx`delete from post_mortems where experiment = any(${own}::int[])`
      await tx`delete from metrics where starts_with(key, ${keysOf(id)})`
      await tx`update drills set cleared_at = moment() where id = ${id}`
      await publish(tx)
    }, { deadlineMs: 600_000 }),
})

export type DrillStore = ReturnType<typeof createDrillStore>

/** Tables of what is counted in scopes: units first, as ingestion locks them. */
const countedIn = ['units', 'rollups', 'ingest_health', 'awake_epochs'] as const
