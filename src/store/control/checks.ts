import type { CreateCheck } from '../../core/models/checks.ts'
import type { CheckView } from '../../core/tell/views.ts'
import { ServiceError } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { hashOf } from './canonical.ts'
import { before, pageOf, type PageRequest } from './pages.ts'
import { requireModel, tell } from './models.ts'
import { requireVersion } from './versions.ts'

type CheckRow = Omit<CheckView, 'at' | 'receivedAt'> & { at: Date; receivedAt: Date }

const columns = (tx: TransactionSql) => tx`id, name, status, evidence, digest, at, received_at as "receivedAt", actor`

const view = ({ at, receivedAt, ...row }: CheckRow): CheckView => ({ ...row, at: at.toISOString(), receivedAt: receivedAt.toISOString() })

/** How far a sender's clock may be ahead of ours. */
const aheadMs = 300_000

/** The same that was sent before: with its own time whenever that was, without one only as the last of its name. */
const same = async (tx: TransactionSql, version: number, { name, at }: CreateCheck, body: string): Promise<CheckRow | undefined> => {
  const [row] = await tx<CheckRow[]>`
    select ${columns(tx)} from version_checks c where version = ${version} and name = ${name} and body = ${body}
      and (${at !== undefined} or id = (select max(id) from version_checks where version = c.version and name = c.name))
    order by id desc limit 1`
  return row
}

/** What others found out about versions before these serve anybody. Nothing of it is ever changed or removed. */
export const createChecks = (pool: Pool) => ({
  add: (model: string, version: string, check: CreateCheck, actor: string) =>
    pool.begin(async (tx) => {
      // the chain of the model's entries is written one at a time
      const owner = await requireModel(tx, model, true)
      const { id } = await requireVersion(tx, model, version)
      await tx`select 1 from versions where id = ${id} for update`
      const body = hashOf(check)
      const known = await same(tx, id, check, body)
      if (known) return { check: view(known), added: false }
      const { name, status, evidence, digest = null } = check
      const at = check.at === undefined ? null : new Date(check.at)
      const [clock] = await tx<{ now: Date }[]>`select moment() as now`
      if (at !== null && at.getTime() > clock!.now.getTime() + aheadMs) {
        throw new ServiceError('in_future', 'at: lies more than five minutes ahead', { violations: [{ path: 'at', message: 'lies more than five minutes ahead' }] })
      }
      const [row] = await tx<CheckRow[]>`
        insert into version_checks (version, name, status, evidence, digest, at, actor, body)
        values (${id}, ${name}, ${status}, ${evidence === undefined ? null : tx.json(evidence as never)}, ${digest}, ${at ?? clock!.now}, ${actor}, ${body})
        returning ${columns(tx)}`
      await tell(tx, owner, {
        actor, action: 'check', reason: `Version ${version}: the check ${name} says ${status}.`,
        evidence: { version, name, status, digest, at: row!.at.toISOString(), ...(evidence !== undefined && { evidence }) },
        undo: { text: 'A later check of the same name counts instead.', calls: [] },
      })
      return { check: view(row!), added: true }
    }),
  list: (model: string, version: string, { limit, cursor }: PageRequest) =>
    pool.begin(async (tx) => {
      const { id } = await requireVersion(tx, model, version)
      const rows = await tx<CheckRow[]>`
        select ${columns(tx)} from version_checks where version = ${id} and (${before(cursor)}::int is null or id < ${before(cursor)})
        order by id desc limit ${limit + 1}`
      return pageOf(rows, limit, view, (row) => row.id)
    }),
})
