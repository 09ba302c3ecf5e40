import { freshDatabase, startPostgres } from '../../../test/support/postgres.ts'
import { seededRandom } from '../../../stats/random.ts'
import type { Api } from '../../../src/client/api.ts'
import { type Item, runsOf } from '../item.ts'
import { begin, inWorld, stateOf } from '../world.ts'

type Epoch = { epoch: number; startedAt: string; endedAt: string | null }

/** What is not as it must be after a rollback and a promotion met; empty when all is well. */
const wrongs = async (api: Api, key: string): Promise<string[]> => {
  const found: string[] = []
  const state = await stateOf({ api }, key)
  if (state !== 'rolled_back') found.push(`it is ${state}`)
  const { champion } = await api<{ champion: string | null }>('GET', `/api/models/${key}`)
  if (champion !== '1') found.push(`the champion is ${champion}`)
  const epochs = (await api<{ items: Epoch[] }>('GET', `/api/experiments/${key}/epochs?limit=100`)).items.toReversed()
  epochs.forEach(({ epoch, startedAt }, index) => {
    if (epoch !== index + 1) found.push(`epoch ${epoch} at place ${index + 1}`)
    const before = epochs[index - 1]
    if (before && before.endedAt !== startedAt) found.push(`a gap before epoch ${epoch}`)
  })
  return found
}

/** Null when it was done, else why not. */
const refusal = async (work: Promise<unknown>): Promise<string | null> => work.then(() => null, (error: Error) => error.message)
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Rollback and promotion are asked for at once, one of them up to 8 ms after the other, on a PostgreSQL with connections of its own for each. */
export const races: Item = {
  key: '6-races',
  title: 'Of a rollback and a promotion at once the rollback wins',
  runs: 1_000,
  async measure({ part, seed, progress }) {
    const runs = runsOf(part, 1_000, 10)
    const postgres = await startPostgres()
    try {
      const url = await freshDatabase(postgres.url, { migrated: false })
      return await inWorld(async (world) => {
        const { uniform } = seededRandom(seed)
        const found: string[] = []
        let promotedFirst = 0
        const race = async (run: number): Promise<void> => {
          const key = `race-${run}`
          await begin(world, key, { key, model: key })
          const act = (action: string, ms: number, variant?: string): Promise<string | null> =>
            refusal(later(ms).then(() => world.api('POST', `/api/experiments/${key}/actions`, { action, reason: 'race', ...(variant && { variant }) })))
          const ahead = (2 * uniform() - 1) * 8
          const [promoted, rolledBack] = await Promise.all([act('promote', Math.max(0, ahead), 'b'), act('rollback', Math.max(0, -ahead))])
          if (promoted === null) promotedFirst++
          const wrong = [...(rolledBack === null ? [] : [`the rollback was refused (${rolledBack})`]), ...(await wrongs(world.api, key))]
          if (wrong.length > 0) found.push(`${key}: ${wrong.join(', ')}`)
          progress(1)
        }
        for (let run = 0; run < runs; run += 4) {
          await Promise.all([0, 1, 2, 3].filter((lane) => run + lane < runs).map((lane) => race(run + lane)))
        }
        return [
          {
            what: 'rolled back, champion as before, epochs contiguous', through: 'service' as const, runs,
            measured: `${runs - found.length} of ${runs} (the promotion came first in ${promotedFirst})${found[0] ? `; ${found[0]}` : ''}`,
            aim: 'all', kept: found.length === 0,
          },
        ]
      }, url)
    } finally {
      await postgres.stop()
    }
  },
}
