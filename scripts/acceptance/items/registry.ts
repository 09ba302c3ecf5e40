import { parseConfig } from '../../../src/config.ts'
import { createRegistrySync } from '../../../src/entry/registry.ts'
import { type RegistryServer, startRegistry } from '../../../test/registry/registry-server.ts'
import { type Item, runsOf } from '../item.ts'
import { type Arrival, inWorld, stateOf, type World, winMetric } from '../world.ts'

const model = 'registered'
const name = 'support/answers'
const silent = { info: () => {}, warn: () => {}, error: () => {} }

type Sync = { status: string; written: string | null }
type Experiment = { holds: { reason: string }[] }

const modelOf = ({ api }: World) => api<{ champion: string; registrySync: Sync | null }>('GET', `/api/models/${model}`)

/** Wait until the registry stands so to the champion, `written` being what it was told. @throws {Error} when it does not within half a minute */
const until = async (world: World, status: string, written: string): Promise<void> => {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const { registrySync: sync } = await modelOf(world)
    if (sync?.status === status && sync.written === written) return
  }
  throw new Error(`the registry is not ${status}`)
}

/** Enough comes to promote the candidate, were there nothing in the way; then the engine looks twice. */
const prove = async (world: World, key: string, round: number): Promise<void> => {
  for (const look of [0, 1]) {
    await world.serve(
      Array.from({ length: 600 }, (_, unit): Arrival => ({
        experiment: key, unit: `${round}-${look}-${unit}`, outcome: (variant) => ({ win: unit % 10 < (variant === 'b' ? 8 : 2) }),
      })),
    )
    await world.advance(3_600_000)
    await world.tick()
  }
}

/** One experiment during which somebody moves the alias to a version that nobody serves; answers what was not as it must be. */
const drift = async (world: World, registry: RegistryServer, run: number): Promise<string[]> => {
  const key = `drift-${run}`
  const [from, to] = run % 2 === 0 ? ['1', '2'] as const : ['2', '1'] as const
  const wrong: string[] = []
  const must = (holds: boolean, words: string): void => void (holds || wrong.push(words))
  await world.api('POST', '/api/experiments', {
    key, model, salt: key, unguarded: true, variants: [{ key: 'a', version: from, control: true }, { key: 'b', version: to }],
    metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }], policy: { minDuration: 'PT1H', minUnits: 200 },
  })
  await world.api('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'a run' })
  registry.aliases.set('champion', '3')
  registry.writes.length = 0
  await until(world, 'drift', from)
  await world.tick()
  const { holds } = await world.api<Experiment>('GET', `/api/experiments/${key}`)
  must(holds.some(({ reason }) => reason === 'registry_drift'), 'nothing holds')
  await prove(world, key, run)
  must((await stateOf(world, key)) === 'running', `it is ${await stateOf(world, key)} all the same`)
  must(registry.writes.length === 0 && registry.aliases.get('champion') === '3', `overwritten: ${registry.writes.join(', ')}`)
  must((await modelOf(world)).champion === from, 'the champion changed')

  await world.api('POST', `/api/models/${model}/registry`, { keep: 'ours', reason: 'it was a slip' })
  await until(world, 'synced', from)
  must(registry.aliases.get('champion') === from, 'what a person said was not written')
  for (let look = 0; look < 3; look++) await prove(world, key, 100 + run * 10 + look)
  must((await stateOf(world, key)) === 'promoted', `without the drift it is ${await stateOf(world, key)}`)
  await until(world, 'synced', to)
  must(registry.aliases.get('champion') === to, 'the promotion was not told to the registry')
  return wrong.map((one) => `${key}: ${one}`)
}

export const registry: Item = {
  key: '9-registry',
  title: 'Somebody moves the champion in the registry: drift, hold, nothing overwritten',
  runs: 20,
  async measure({ part, progress }) {
    const server = await startRegistry(name, { 1: {}, 2: {}, 3: {} })
    const environment = { MLFLOW_TRACKING_URI: server.url }
    try {
      return await inWorld(async (world) => {
        const sync = createRegistrySync({ pool: world.pool, config: parseConfig(environment), leading: () => true, log: silent, everyMs: 100 })
        await world.api('POST', '/api/metrics', winMetric)
        await world.api('POST', '/api/models', { key: model, registry: { mlflow: name } })
        for (const version of ['1', '2']) await world.api('POST', `/api/models/${model}/import`, { version })
        await world.api('PUT', `/api/models/${model}/champion`, { version: '1', reason: 'the first' })
        sync?.start()
        try {
          const wrong: string[] = []
          const runs = runsOf(part, 20)
          await until(world, 'synced', '1')
          for (let run = 0; run < runs; run++) {
            wrong.push(...(await drift(world, server, run)))
            progress(1)
          }
          return [{
            what: 'held while it drifts, nothing overwritten before a person says so, and on as planned afterwards', through: 'service' as const, runs,
            measured: wrong.length === 0 ? `${runs} of ${runs}` : wrong.join('; '), aim: 'all', kept: wrong.length === 0,
          }]
        } finally {
          await sync?.stop()
        }
      }, undefined, environment)
    } finally {
      await server.close()
    }
  },
}
