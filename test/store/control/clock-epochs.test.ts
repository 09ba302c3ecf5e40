import { expect, it } from 'vitest'
import { turnEpochs } from '../../../src/store/control/clock-epochs.ts'
import { createSnapshotSource } from '../../../src/store/read/snapshot.ts'
import { describeStores } from '../../support/stores.ts'
import { type Control, contiguous, controlOf, epochsOf, leading, started } from './setup.ts'

/** Let an experiment be this many minutes older than it is. */
const age = ({ pool }: Control, id: number, minutes: number) =>
  pool.begin(async (tx) => {
    const by = `${minutes} minutes`
    await tx`update experiments set started_at = started_at - ${by}::interval where id = ${id}`
    await tx`update epochs set started_at = started_at - ${by}::interval, ended_at = ended_at - ${by}::interval where experiment = ${id}`
  })

/** A unit arrived in the epoch in force. */
const arrive = ({ pool }: Control, id: number) =>
  pool.run((sql) => sql`
    insert into rollups (scope, epoch, variant, metric, shard, n, sx, sy, sxx, sxy, syy)
    select scope, epoch, 0, 0, 0, 1, 0, 0, 0, 0, 0 from experiments where id = ${id}`)

describeStores('clock epochs', (store) => {
  it('begin when an hour from the start is over and somebody came; nobody moves and the ledger is silent', async () => {
    const control = controlOf(store.database)
    const { fence } = await leading(control)
    const { id, key } = await started(control)
    const idle = await started(control)
    await arrive(control, id)
    await age(control, id, 59)
    expect((await turnEpochs(control.pool, fence)).rolled).toBe(0)
    await age(control, id, 2)
    await age(control, idle.id, 600)
    const source = createSnapshotSource(control.pool)
    const before = await source.version()
    expect((await turnEpochs(control.pool, fence)).rolled).toBe(1)
    expect(await source.version()).toBe(before + 1)

    const epochs = await epochsOf(control, id)
    expect(contiguous(epochs)).toBe(true)
    expect(epochs.map(({ cause }) => cause)).toEqual(['action', 'clock'])
    expect(epochs[1]).toMatchObject({ scope: epochs[0]?.scope, weights: epochs[0]?.weights, endedAt: null })
    expect(await epochsOf(control, idle.id)).toHaveLength(1)
    expect((await source.load()).snapshot.experiments.find((one) => one.key === key)?.epoch).toBe(2)
    expect((await control.experiments.decisions(key, { limit: 10, cursor: null })).items.map(({ action }) => action)).toEqual(['start'])
    expect((await turnEpochs(control.pool, fence)).rolled).toBe(0)
    await control.experiments.act(key, { action: 'stop', reason: 'test' }, 'tester')
    expect((await epochsOf(control, id)).every(({ endedAt }) => endedAt !== null)).toBe(true)
  })

  it('double in length every 336 epochs', async () => {
    const control = controlOf(store.database)
    const { fence } = await leading(control)
    const { id } = await started(control)
    await arrive(control, id)
    await control.pool.begin(async (tx) => {
      await tx`update epochs set epoch = 336 where experiment = ${id}`
      await tx`update experiments set epoch = 336 where id = ${id}`
      await tx`update rollups set epoch = 336 where scope = (select scope from experiments where id = ${id})`
    })
    await age(control, id, 90)
    expect((await turnEpochs(control.pool, fence)).rolled).toBe(0)
    await age(control, id, 31)
    expect((await turnEpochs(control.pool, fence)).rolled).toBe(1)
  })

  it('are the leader’s to begin', async () => {
    const control = controlOf(store.database)
    const { fence: old } = await leading(control)
    const { fence } = await leading(control)
    const { id } = await started(control)
    await arrive(control, id)
    await age(control, id, 61)
    expect(await turnEpochs(control.pool, old)).toEqual({ rolled: 0, sealed: 0 })
    expect((await turnEpochs(control.pool, fence)).rolled).toBe(1)
  })

  it('are sealed a minute after the outcome window of their last unit, never without a window', async () => {
    const control = controlOf(store.database)
    const { fence } = await leading(control)
    const open = await started(control)
    const { id } = await started(control, { window: 'PT30M', epochLength: 'PT1H' })
    for (const one of [id, open.id]) {
      await arrive(control, one)
      await age(control, one, 61)
    }
    await turnEpochs(control.pool, fence)
    const sealed = async (one: number) => (await epochsOf(control, one)).map(({ sealedAt }) => sealedAt !== null)
    for (const one of [id, open.id]) await age(control, one, 30)
    expect((await turnEpochs(control.pool, fence)).sealed).toBe(0)
    for (const one of [id, open.id]) await age(control, one, 2)
    expect((await turnEpochs(control.pool, fence)).sealed).toBe(1)
    expect(await sealed(id)).toEqual([true, false])
    expect(await sealed(open.id)).toEqual([false, false])
  })
})
