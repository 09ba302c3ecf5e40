import { eq, sql as expression } from 'drizzle-orm'
import { pgTable, integer, jsonb, timestamp } from 'drizzle-orm/pg-core'
import { beforeAll, expect, it } from 'vitest'
import { codeOf, DatabaseUnavailable } from '../../src/store/connect.ts'
import { expectedSchemaVersion, migrate, schemaVersion } from '../../src/store/migrate.ts'
import { describeStores } from '../support/stores.ts'

const notes = pgTable('notes', {
  id: integer().primaryKey(),
  body: jsonb().$type<unknown>(),
  at: timestamp({ withTimezone: true, mode: 'date' }).notNull().default(expression`now()`),
})

describeStores('a store', (store) => {
  beforeAll(() => store.database.api.run((sql) => sql`create table notes (id int primary key, body jsonb,
    at timestamptz not null default now())`))

  const ids = async (): Promise<number[]> =>
    (await store.database.api.run((sql) => sql<{ id: number }[]>`select id from notes order by id`)).map(({ id }) => id)

  it('answers with numbers, dates and documents', async () => {
    const [row] = await store.database.api.run(
      (sql) => sql`select 9007199254740991::int8 as count, '2026-01-02T03:04:05Z'::timestamptz as at,
        ${sql.json({ a: [1] })}::jsonb as document, ${'{1,2}'}::int[] as literal, ${[3, 4]}::int8[] as list`,
    )
    expect(row).toEqual({
      count: Number.MAX_SAFE_INTEGER,
      at: new Date('2026-01-02T03:04:05Z'),
      document: { a: [1] },
      literal: [1, 2],
      list: [3, 4],
    })
  })

  it('carries arrays of every kind there and back', async () => {
    const lists = {
      text: ['', 'NULL', null, 'a "b" \\ {c,d}', ' ü\n'],
      flags: [true, false, null],
      real: [1.5, Number.NaN, -1e300],
      times: [new Date('2026-01-02T03:04:05.678Z')],
      nested: [[1, 2], [3, null]],
      ids: ['00000000-0000-4000-8000-000000000001'],
      none: [],
    }
    const [row] = await store.database.api.run(
      (sql) => sql`select ${lists.text}::text[] as text, ${sql.array(lists.flags)}::bool[] as flags,
        ${lists.real}::float8[] as real, ${sql.array(lists.times)}::timestamptz[] as times,
        ${lists.nested}::int4[] as nested, ${lists.ids}::uuid[] as ids, ${lists.none}::text[] as none`,
    )
    expect(row).toEqual(lists)
  })

  it('keeps the time zone UTC', async () => {
    const [row] = await store.database.api.run(
      (sql) => sql`select timestamp '2026-07-01' at time zone current_setting('TimeZone') as at`,
    )
    expect(row?.['at']).toEqual(new Date('2026-07-01T00:00:00Z'))
  })

  it('gives each of many calls at once its own answer', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index)
    const answers = await Promise.all(
      numbers.map((n) => store.database.api.run((sql) => sql<{ n: number }[]>`select ${n}::int as n`)),
    )
    expect(answers.map(([row]) => row?.n)).toEqual(numbers)
  })

  it('fails one statement among others without disturbing them', async () => {
    const divisors = [1, 0, 2, 0, 5]
    const settled = await Promise.allSettled(
      divisors.map((n) => store.database.api.run((sql) => sql<{ n: number }[]>`select 10 / ${n}::int as n`)),
    )
    const read = settled.map((one) => (one.status === 'fulfilled' ? one.value[0]?.n : codeOf(one.reason)))
    expect(read).toEqual([10, '22012', 5, '22012', 2])
  })

  it('carries parameters and answers of megabytes', async () => {
    const text = 'ü'.repeat(2_000_000)
    const [row] = await store.database.api.run((sql) => sql`select ${text}::text || '!' as text`)
    expect(row?.['text']).toBe(`${text}!`)
  })

  it('commits a transaction whole, or not at all', async () => {
    await store.database.ingest.begin((tx) => tx`insert into notes (id) values (1), (2)`)
    const failed = store.database.ingest.begin(async (tx) => {
      await tx`insert into notes (id) values (3)`
      await tx`insert into notes (id) values (1)`
    })
    await expect(failed).rejects.toMatchObject({ code: '23505' })
    expect(await ids()).toEqual([1, 2])
  })

  it('pipelines the statements of a transaction, and rolls back when one fails', async () => {
    const failed = store.database.ingest.begin((tx) =>
      Promise.all([tx`insert into notes (id) values (4)`, tx`insert into notes (id) values (1)`, tx`select 1`]),
    )
    await expect(failed).rejects.toMatchObject({ code: '23505' })
    expect(await ids()).not.toContain(4)
  })

  it('serves drizzle and plain queries from one client', async () => {
    const at = new Date('2026-02-03T04:05:06.789Z')
    await store.database.api.transaction(async (db) => {
      await db.insert(notes).values({ id: 10, body: { deep: ['x'] }, at })
      const undone = db.transaction(async (inner) => {
        await inner.insert(notes).values({ id: 11 })
        inner.rollback()
      })
      await expect(undone).rejects.toThrow('Rollback')
    })
    const found = await store.database.api.query((db) => db.select().from(notes).where(eq(notes.id, 10)))
    expect(found).toEqual([{ id: 10, body: { deep: ['x'] }, at }])
    const [plain] = await store.database.api.run((sql) => sql`select body, at from notes where id = 10`)
    expect(plain).toEqual({ body: { deep: ['x'] }, at })
    expect(await ids()).not.toContain(11)
  })

  it('undoes a transaction whose caller has given up, and goes on', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    const late = store.database.engine.begin(
      async (tx) => {
        await tx`insert into notes (id) values (20)`
        await answered
      },
      { deadlineMs: 300 },
    )
    const error = await late.then(null, (reason: unknown) => reason)
    expect(error).toBeInstanceOf(DatabaseUnavailable)
    expect((error as DatabaseUnavailable).mayHaveHappened).toBe(false)
    answer()
    await store.database.engine.begin((tx) => tx`insert into notes (id) values (21)`)
    expect(await ids()).toContain(21)
    expect(await ids()).not.toContain(20)
  })

  it('refuses more callers than it can serve, at once', async () => {
    const many = Array.from({ length: 150 }, () => store.database.engine.run((sql) => sql`select 1`))
    const settled = await Promise.allSettled(many)
    const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as DatabaseUnavailable] : []))
    expect(refused.length).toBeGreaterThanOrEqual(1)
    expect(refused.every((error) => error instanceof DatabaseUnavailable && !error.mayHaveHappened)).toBe(true)
    await store.database.engine.run((sql) => sql`select 1`)
  })

  it('migrates once, however often and by however many it is asked', async () => {
    const expected = await expectedSchemaVersion()
    const asked = Array.from({ length: 3 }, () => migrate(store.database))
    expect(await Promise.all(asked)).toEqual([expected, expected, expected])
    expect(await schemaVersion(store.database)).toBe(expected)
  })
})
