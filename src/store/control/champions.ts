import { type ChampionSwitch, lockedWords, rollbackTarget, type SwitchKind } from '../../core/models/champion.ts'
import { type CheckStanding, lackWords } from '../../core/models/checks.ts'
import type { AcknowledgeWatch } from '../../core/define/definitions.ts'
import { undoOfModel } from '../../core/decide/undo.ts'
import { notFound, ServiceError } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { lockedVersions, switchChampion } from './champion.ts'
import { type ModelRow, requireModel, tell } from './models.ts'
import { before, pageOf, type PageRequest } from './pages.ts'
import { acknowledgeWatch } from './watch-acknowledge.ts'
import { publish } from './publish.ts'
import { checksOf } from '../read/gates.ts'

const versionOf = async (tx: TransactionSql, model: ModelRow, version: string): Promise<number> => {
  const [row] = await tx<{ id: number }[]>`select id from versions where model = ${model.id} and version = ${version}`
  if (!row) throw notFound('version', version)
  return row.id
}

/** @throws {ServiceError} checks_missing, naming what the model requires and the version has not passed; nothing overrides that */
const requireChecks = async (tx: TransactionSql, { requires }: ModelRow, version: number, name: string): Promise<void> => {
  const [row] = await tx<{ checks: CheckStanding[] }[]>`
    select ${checksOf(tx, tx`select unnest(${requires}::text[])`)} as checks from versions v where id = ${version}`
  const lacking = (row?.checks ?? []).filter(({ status }) => status !== 'pass')
  if (lacking.length === 0) return
  const message = `version "${name}" has not passed what the model requires: ${lackWords(lacking)}`
  throw new ServiceError('checks_missing', message, { violations: [{ path: 'version', message: lackWords(lacking) }] })
}

type HistoryRow = { seq: number; version: string; previous: string | null; actor: string; reason: string; experiment: string | null; at: Date; kind: SwitchKind }

const history = (tx: TransactionSql, model: number, below: number | null, limit: number) => tx<HistoryRow[]>`
  select h.seq, v.version, p.version as previous, h.actor, h.reason, e.key as experiment, h.at, h.kind
  from champion_history h join versions v on v.id = h.version left join versions p on p.id = h.previous
    left join experiments e on e.id = h.experiment
  where h.model = ${model} and (${below}::int is null or h.seq < ${below}) order by h.seq desc limit ${limit}`

const switches = (tx: TransactionSql, model: number) => tx<ChampionSwitch[]>`
  select v.version, p.version as previous, h.kind
  from champion_history h join versions v on v.id = h.version left join versions p on p.id = h.previous
  where h.model = ${model} order by h.seq`

const nowhereWords = ({ key }: ModelRow, passed: { version: string; why: string }[]): string => {
  const others = passed.map(({ version, why }) => `version "${version}" was ${why}`).join(', ')
  return `"${key}" has no earlier champion to go back to${others === '' ? '' : `: ${others}; make one champion if you want it`}`
}

const championView = ({ at, ...row }: HistoryRow) => ({ ...row, at: at.toISOString() })

/** Champions: switched by people here, by experiments in their own transaction. */
export const createChampions = (pool: Pool) => {
  const set = async (tx: TransactionSql, model: ModelRow, version: number, reason: string, actor: string, kind: 'set' | 'rollback') => {
    await switchChampion(tx, { model: model.id, version, actor, reason, experiment: null, kind })
    const [now] = await history(tx, model.id, null, 1)
    const { version: serving, previous } = now!
    await tell(tx, model, {
      actor, action: kind === 'set' ? 'champion' : kind, reason, evidence: { version: serving, previous }, undo: undoOfModel(model.key, { previous }),
    })
    await publish(tx)
    return championView(now!)
  }
  /** The model with its row locked; 'stale' when somebody switched the champion while we waited, or since `seen`. */
  const lock = async (tx: TransactionSql, key: string, seen?: number): Promise<ModelRow> => {
    const { id } = await requireModel(tx, key)
    const [asked] = await history(tx, id, null, 1)
    const model = await requireModel(tx, key, true)
    const [now] = await history(tx, id, null, 1)
    if ((seen ?? asked?.seq) !== now?.seq) throw new ServiceError('stale', `the champion of "${key}" changed at the same moment; look at it and ask again`)
    return model
  }

  return {
    set: (key: string, version: string, reason: string, actor: string) =>
      pool.begin(async (tx) => {
        const model = await lock(tx, key)
        const wanted = await versionOf(tx, model, version)
        const [now] = await history(tx, model.id, null, 1)
        // asked for again, perhaps because an answer was lost: it is done
        if (now && model.champion === version) return championView(now)
        const locked = (await lockedVersions(tx, model.id)).find((one) => one.version === version)
        if (locked) throw new ServiceError('version_locked', lockedWords(locked))
        await requireChecks(tx, model, wanted, version)
        return set(tx, model, wanted, reason, actor, 'set')
      }),
    rollback: (key: string, reason: string, actor: string, seen?: number) =>
      pool.begin(async (tx) => {
        const model = await lock(tx, key, seen)
        const locked = new Set((await lockedVersions(tx, model.id)).map(({ version }) => version))
        const target = rollbackTarget(await switches(tx, model.id), locked)
        if ('passed' in target) throw new ServiceError('conflict', nowhereWords(model, target.passed))
        return set(tx, model, await versionOf(tx, model, target.version), reason, actor, 'rollback')
      }),
    acknowledge: (key: string, asked: AcknowledgeWatch, actor: string, seen?: readonly string[]) => acknowledgeWatch(pool, key, asked, actor, seen),
    history: (key: string, { limit, cursor }: PageRequest) =>
      pool.begin(async (tx) => {
        const model = await requireModel(tx, key)
        return pageOf(await history(tx, model.id, before(cursor), limit + 1), limit, championView, ({ seq }) => seq)
      }),
  }
}
