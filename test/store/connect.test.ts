import { expect, it } from 'vitest'
import { describeStores } from '../support/stores.ts'

describeStores('a store', (store) => {
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
})
