import { and, asc, eq, gt, isNull, or, sql } from 'drizzle-orm'
import type { Pool } from './pool.ts'
import { apiKeys } from './tables/decisions.ts'

/** A key's last use is written down at most this often. */
const noteEveryMs = 60_000

type Page = { limit: number; cursor: string | null }
type NewKey<Scope> = { id: string; name: string; hash: Uint8Array; scopes: Scope[]; expiresAt: Date | null }

const viewOf = <Scope extends string>(row: Omit<typeof apiKeys.$inferSelect, 'hash'>) => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes as Scope[],
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
})

const now = sql`moment()`

/** API keys: hashed, with scopes, perhaps an end. Scopes are stored as they are given. */
export const createKeys = <Scope extends string>(pool: Pick<Pool, 'query'>) => {
  const noted = new Map<string, number>()
  const note = (id: string): void => {
    const last = noted.get(id) ?? -Infinity
    if (performance.now() - last < noteEveryMs) return
    noted.set(id, performance.now())
    // only to tell people which keys are in use: nobody waits for it, and it may fail
    pool.query((db) => db.update(apiKeys).set({ lastUsedAt: now as never }).where(eq(apiKeys.id, id))).catch(() => noted.delete(id))
  }
  return {
    async find(hash: Uint8Array) {
      const valid = and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now as never)))
      const [row] = await pool.query((db) => db.select({ id: apiKeys.id, scopes: apiKeys.scopes }).from(apiKeys).where(valid))
      if (!row) return null
      note(row.id)
      return { id: row.id, scopes: row.scopes as Scope[] }
    },
    async create(key: NewKey<Scope>) {
      const [row] = await pool.query((db) => db.insert(apiKeys).values({ ...key, createdAt: now as never }).returning())
      if (!row) throw new Error('the key was not stored')
      return viewOf<Scope>(row)
    },
    async list({ limit, cursor }: Page) {
      const after = cursor === null ? undefined : gt(apiKeys.id, cursor)
      const rows = await pool.query((db) => db.select().from(apiKeys).where(after).orderBy(asc(apiKeys.id)).limit(limit + 1))
      const shown = rows.slice(0, limit)
      return { items: shown.map((row) => viewOf<Scope>(row)), next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null }
    },
    async revoke(id: string): Promise<boolean> {
      const rows = await pool.query((db) =>
        db.update(apiKeys).set({ revokedAt: sql`coalesce(revoked_at, moment())` as never }).where(eq(apiKeys.id, id)).returning({ id: apiKeys.id }))
      return rows.length === 1
    },
  }
}
