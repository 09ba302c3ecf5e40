import { beforeAll, describe, expect, it } from 'vitest'
import { verify } from '../../src/store/verify.ts'
import { describeStores } from '../support/stores.ts'
import { ingestOn } from './ingest/clients.ts'
import { play, randomHistory } from './ingest/history.ts'
import { createWorld } from './ingest/world.ts'

describeStores('verify', (store) => {
  beforeAll(async () => {
    const worlds = await createWorld(store.database.api)
    const ingest = ingestOn(store.database.ingest)
    await play(randomHistory(3, worlds, 400), [ingest])
    await ingest.drain()
  })

  const run = (statement: string): Promise<unknown> => store.database.api.run((sql) => sql.unsafe(statement))

  it('finds nothing in what was ingested, and has looked at all of it', async () => {
    const { differences, cells, units, outcomes } = await verify(store.database.api)
    expect(differences).toEqual([])
    const [row] = await store.database.api.run((sql) => sql`
      select (select count(*)::int from units) units, (select count(*)::int from outcome_keys where x is not null) outcomes,
        (select count(*)::int from (select distinct scope, epoch, variant, metric from rollups) r) cells`)
    expect(row).toEqual({ cells, units, outcomes })
    expect(units).toBeGreaterThan(20)
  })

  describe('says what is wrong when', () => {
    it.each([
      ['a count is off', 'rollups', 'n = n + 1', 'metric = 1', /^roll-up of scope .* metric 1: n is/],
      ['a sum is off', 'rollups', 'sxx = sxx + .001', 'metric = 1', /^roll-up of scope .* sxx is/],
      ['a unit is off', 'units', 'x[1] = x[1] + 1', 'cardinality(x) > 0', /^unit .* metric 1 has sums/],
      ["a unit's count is off", 'units', 'c = c + 1', 'c > 0', /^unit .* counts/],
      ['a unit was in time, or was not', 'units', 'timely = not timely', 'timely is not null', /^unit .* reported (in time|too late), its first outcome says/],
      ['those in time are miscounted', 'rollups', 'sxx = sxx + 1', 'metric = 0', /^roll-up of scope .* metric 0: sxx is/],
      ['something else was folded', 'outcome_keys', 'y[1] = y[1] + 1', 'cardinality(x) > 0', /^outcome .* was counted/],
      ['something else was measured', 'outcomes', `measures = '{"win": 7, "latency": 1}'`, 'scope = 1 and revision = 3 and not late and not crossed', /^outcome .* was counted/],
      ['rebuilt units are miscounted', 'ingest_health', 'rebuilt = rebuilt + 1', 'true', /^health of scope/],
    ])('%s', async (_, table, damage, where, told) => {
      await run(`create table saved as table ${table}`)
      await run(`update ${table} set ${damage} where ctid = (select ctid from ${table} where ${where} limit 1)`)
      const { differences } = await verify(store.database.api)
      await run(`truncate ${table}; insert into ${table} select * from saved; drop table saved`)
      expect(differences.filter((difference) => told.test(difference))).not.toEqual([])
      expect((await verify(store.database.api)).differences).toEqual([])
    })
  })
})
