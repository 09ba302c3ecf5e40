import { expect, it } from 'vitest'
import { createDeliveries } from '../../src/ingest/deliveries.ts'
import { readDeliveries } from '../../src/store/ingest/deliveries.ts'
import type { Pool } from '../../src/store/pool.ts'
import { DatabaseUnavailable } from '../../src/store/unavailable.ts'
import { describeStores } from '../support/stores.ts'

const log = { warn: () => {} }

describeStores('deliveries', (store) => {
  const read = (scope: number) => store.database.api.begin((tx) => readDeliveries(tx, scope))

  it('are added up over nodes, by scope and result, with the moment of the newest that was no repeat', async () => {
    const nodes = [1, 2].map(() => createDeliveries({ pool: store.database.ingest, log, waitMs: null }))
    for (const node of nodes) {
      for (let n = 0; n < 3; n++) node.count(7, 'accepted')
      node.count(7, 'duplicate')
      node.count(8, 'out_of_range')
      node.count(null, 'bad_token')
    }
    await Promise.all(nodes.map((node) => node.flush()))
    expect(await read(7)).toEqual({ counted: { accepted: 6, duplicate: 2 }, stray: { bad_token: 2 }, lastAt: expect.any(Date) })
    expect(await read(8)).toEqual({ counted: { out_of_range: 2 }, stray: { bad_token: 2 }, lastAt: null })
    expect(nodes.map((node) => node.pending())).toEqual([false, false])
  })

  it('wait while the database is away, and are not counted twice where it may have heard of them', async () => {
    let away: 'certainly' | 'perhaps' | null = 'certainly'
    const pool: Pick<Pool, 'run'> = {
      run: async (...parameters) => {
        const answer = away === 'certainly' ? null : await store.database.ingest.run(...parameters)
        if (away !== null) throw new DatabaseUnavailable('away', { mayHaveHappened: away === 'perhaps' })
        return answer as never
      },
    }
    const node = createDeliveries({ pool, log, waitMs: null })
    node.count(9, 'accepted')
    await node.flush()
    expect(node.pending()).toBe(true)
    away = null
    node.count(9, 'accepted')
    await node.flush()
    expect((await read(9)).counted).toEqual({ accepted: 2 })
    away = 'perhaps'
    node.count(9, 'accepted')
    await node.flush()
    expect(node.pending()).toBe(false)
    expect((await read(9)).counted).toEqual({ accepted: 3 })
  })
})
