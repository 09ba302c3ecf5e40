import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { CreateExperiment } from '../../../src/core/define/definitions.ts'
import { SimulationRequest } from '../../../src/core/simulate/request.ts'
import { createSimulationQueue, createSimulations } from '../../../src/store/control/simulations.ts'
import { describeStores } from '../../support/stores.ts'

const experiment = CreateExperiment.parse({
  key: 'planned', model: 'm', unguarded: true, metrics: [], stages: [{ allocation: 'fixed' }],
  variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
})
type Queue = ReturnType<typeof createSimulationQueue>

const request = SimulationRequest.parse({ experiment, traffic: { unitsPerDay: 100 }, truth: {}, runs: 10 })

describeStores('the queue of simulations', (store) => {
  it('gives each to one process, in order, and lets only that one write', async () => {
    const asked = createSimulations(store.database.api, () => [])
    const [one, other] = [randomUUID(), randomUUID()].map((holder) => createSimulationQueue(store.database.engine, holder)) as [Queue, Queue]
    const [first, second] = [await asked.create(request, 'me'), await asked.create(request, 'me')]

    const claims: { queue: Queue; rival: Queue; id: string }[] = []
    const claim = async (queue: Queue, rival: Queue): Promise<void> => {
      const taken = await queue.take()
      if (taken) claims.push({ queue, rival, id: taken.id })
    }
    await Promise.all([claim(one, other), claim(other, one), claim(one, other)])
    // of two at the same moment one may go away empty, and comes again
    while (claims.length < 2) await claim(other, one)
    expect(claims.map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted())
    const [{ queue, rival, id: mine }, last] = claims as [(typeof claims)[0], (typeof claims)[0]]
    expect(await queue.progress(mine, 4)).toBe(true)
    expect(await rival.progress(mine, 5)).toBe(false)
    expect(await asked.get(mine)).toMatchObject({ state: 'running', progress: { done: 4, total: 10 } })

    await rival.finish(mine, { error: 'not mine' })
    expect(await asked.get(mine)).toMatchObject({ state: 'running', error: null })
    await asked.cancel(mine)
    expect(await queue.progress(mine, 6)).toBe(false)
    await queue.finish(mine, { error: 'too late' })
    expect(await asked.get(mine)).toMatchObject({ state: 'cancelled', error: null })
    await last.queue.giveBack(last.id)
    await asked.cancel(last.id)
  })

  it('goes over to another process when its own has fallen silent', async () => {
    const asked = createSimulations(store.database.api, () => [])
    const [one, other] = [randomUUID(), randomUUID()].map((holder) => createSimulationQueue(store.database.engine, holder))
    const { id } = await asked.create(request, 'me')
    expect((await one!.take())?.id).toBe(id)
    expect(await other!.take()).toBeNull()
    await store.database.engine.run((sql) => sql`update simulations set heartbeat = clock_timestamp() - interval '1 minute' where id = ${id}`)
    expect((await other!.take())?.id).toBe(id)
    expect(await one!.progress(id, 1)).toBe(false)
    await asked.cancel(id)
  })

  it('holds at most twenty that wait', async () => {
    const asked = createSimulations(store.database.api, () => [])
    const made = await Promise.all(Array.from({ length: 20 }, () => asked.create(request, 'me')))
    await expect(asked.create(request, 'me')).rejects.toMatchObject({ code: 'rate_limited' })
    for (const { id } of made) await asked.cancel(id)
  })
})
