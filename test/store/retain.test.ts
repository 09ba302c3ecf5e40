import { beforeAll, expect, it } from 'vitest'
import { retain } from '../../src/store/retain.ts'
import { verify } from '../../src/store/verify.ts'
import { describeStores } from '../support/stores.ts'
import { ingestOn } from './ingest/clients.ts'
import { play, randomHistory } from './ingest/history.ts'
import { createWorld } from './ingest/world.ts'

describeStores('retain', (store) => {
  beforeAll(async () => {
    const ingest = ingestOn(store.database.ingest)
    await play(randomHistory(4, await createWorld(store.database.api), 200), [ingest])
    await ingest.drain()
  })

  const raw = async (): Promise<{ partition: string; count: number }[]> =>
    store.database.api.run((sql) => sql<{ partition: string; count: number }[]>`
      select tableoid::regclass::text "partition", count(*)::int count from outcomes group by 1 order by 1`)
  const age = (days: number): Promise<unknown> =>
    store.database.api.run((sql) => sql`update outcomes set day = day - ${days}::int`)

  it('makes the partitions of today and the next days, and moves what the default one holds', async () => {
    const [before] = await raw()
    const retained = await retain(store.database.engine, { keepDays: 30 })
    expect(retained.created).toHaveLength(4)
    expect(retained).toMatchObject({ dropped: [], moved: before?.count, deleted: 0 })
    expect(await raw()).toEqual([{ partition: retained.created[0], count: before?.count }])
    expect(await retain(store.database.engine, { keepDays: 30 })).toEqual({ created: [], dropped: [], moved: 0, deleted: 0 })
  })

  it('drops what is too old and leaves the statistics as they are', async () => {
    const [before] = await raw()
    await age(10) // their day has no partition of its own, so they go to the default one
    expect(await retain(store.database.engine, { keepDays: 10 })).toMatchObject({ dropped: [], deleted: 0 })
    await store.database.api.run((sql) => sql.unsafe(`create table outcomes_d20000101 partition of outcomes
      for values from ('2000-01-01') to ('2000-01-02')`))
    expect(await retain(store.database.engine, { keepDays: 9 })).toMatchObject({
      dropped: ['outcomes_d20000101'],
      deleted: before?.count,
    })
    expect(await raw()).toEqual([])
    expect(await verify(store.database.api)).toMatchObject({ outcomes: 0, differences: [] })
  })

  it('goes on beside ingestion', async () => {
    const worlds = await createWorld(store.database.api)
    const ingest = ingestOn(store.database.ingest)
    const steps = randomHistory(5, worlds, 500)
    const [log] = await Promise.all([play(steps, [ingest]), retain(store.database.engine, { keepDays: 9, ahead: 12 })])
    await ingest.drain()
    expect(log.length).toBeGreaterThanOrEqual(500)
    expect((await verify(store.database.api)).differences).toEqual([])
  })

  it('refuses days that are no whole number', async () => {
    await expect(retain(store.database.engine, { keepDays: -1 })).rejects.toThrow(RangeError)
  })
})
