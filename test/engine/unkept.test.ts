import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries } from '../../src/store/control/ledger.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { describeStores } from '../support/stores.ts'

/** Something that has no data of its own to keep. */
class Opaque {
  readonly since = 1
}

describeStores('what a decision cannot keep its inputs of', (store) => {
  it('is not done, and told by where it is; other experiments of the same look are acted on', async () => {
    const pool = store.database.engine
    const harmful = async (key: string): Promise<number> => {
      const { id, scope } = await insertRunning(pool, key)
      await addCells(pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_400, 2_400)])
      return id
    }
    const [strange, plain] = [await harmful('strange'), await harmful('plain')]
    const engine = createEngineStore(pool)
    const read: typeof engine.read = async (experiment) => {
      const reading = await engine.read(experiment)
      return reading && experiment === strange ? Object.assign({ ...reading }, { strange: new Opaque() }) : reading
    }
    const told: { experiment?: string; err?: Error }[] = []
    const log = { info: () => {}, warn: () => {}, error: (about: object) => void told.push(about) }
    const { fence } = (await createLease(pool, randomUUID()).acquire())!
    const result = await createTick({ store: { ...engine, read }, log })(fence)
    expect(result).toMatchObject({ looked: 2, decided: 1, failed: 1 })
    expect(told).toMatchObject([{ experiment: 'strange', err: { message: '$.input.strange cannot be kept: it is no plain data' } }])
    expect(await readEntries(pool, strange, 10, null)).toEqual([])
    expect((await readEntries(pool, plain, 1, null))[0]).toMatchObject({ action: 'rollback', status: 'applied' })
    // as soon as it is plain again it is decided
    expect(await createTick({ store: engine, log })(fence)).toMatchObject({ decided: 1, failed: 0 })
    expect((await readEntries(pool, strange, 1, null))[0]).toMatchObject({ action: 'rollback', status: 'applied' })
  })
})
