import { seededRandom } from '../../../stats/random.ts'
import { ensure } from '../../../src/client/api.ts'
import { type Item, type Measured, median, runsOf } from '../item.ts'
import { actedOn, type Arrival, begin, type Entry, inWorld, type World } from '../world.ts'

const failed = { key: 'failed', kind: 'conversion', measure: 'failed', direction: 'decrease' }
const withBreaker = { unguarded: true, metrics: [{ metric: 'failed', role: 'diagnostic', breaker: true }] }
/** Requests between two looks at the breakers, and looks. */
const [requests, looks] = [10, 20]

type Broken = { key: string; calls: number; entries: Entry[] }

/** Calls of some variants fail always from the first on; how many calls of the candidate came before something was done? */
const live = async (world: World, name: string, runs: number, seed: number, fails: (variant: string) => boolean): Promise<Broken[]> => {
  const { uniform } = seededRandom(seed)
  await ensure(world.api, '/api/metrics', failed)
  const all: Broken[] = []
  for (let run = 0; run < runs; run++) {
    const key = `${name}-${run}`
    await begin(world, key, { ...withBreaker, key, model: key, salt: `${seed} ${key}` }, ['a', 'b'], false)
    // a former champion, which can stand in for the control
    await world.api('POST', `/api/models/${key}/versions`, { version: '0' })
    for (const version of ['0', '1']) await world.api('PUT', `/api/models/${key}/champion`, { version, reason: 'acceptance' })
    await world.api('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'acceptance' })
    let calls = 0
    let entries: Entry[] = []
    for (let look = 0; look < looks && entries.length === 0; look++) {
      const variants = await world.serve(
        Array.from({ length: requests }, (_, unit): Arrival => ({
          experiment: key, unit: `${look}-${unit}-${uniform()}`, outcome: (variant) => ({ failed: fails(variant) }),
        })),
      )
      calls += variants.filter((variant) => variant === 'b').length
      await world.tick()
      await world.advance(1_000)
      entries = await actedOn(world, key)
    }
    all.push({ key, calls, entries })
  }
  return all
}

export const breaker: Item = {
  key: '2-breaker',
  title: 'Calls that fail always trip the breaker within 20 and a tick; a failing control is stood in for, nobody is blamed',
  runs: 40,
  measure: ({ part, seed, progress }) =>
    inWorld(async (world) => {
      const runs = runsOf(part, 20, 2)
      const candidate = await live(world, 'candidate', runs, seed, (variant) => variant === 'b')
      progress(runs)
      const both = await live(world, 'both', runs, seed + 1, () => true)
      progress(runs)
      const calls = candidate.map((one) => one.calls)
      const tripped = candidate.filter(({ entries }) => entries[0]?.action === 'quarantine' && entries[0].variant === 'b').length
      const stood = both.filter(({ entries }) => entries[0]?.action === 'fallback').length
      const blamed = both.filter(({ entries }) => entries.some(({ action }) => action === 'kill' || action === 'rollback')).length
      const most = 20 + requests
      const found: Measured[] = [
        {
          what: `every call of the candidate fails, a look every ${requests} requests: its calls until quarantine`, through: 'service', runs,
          measured: `median ${median(calls)}, most ${Math.max(...calls)}; ${tripped} of ${runs} quarantined`, aim: `all, ≤ 20 and those of one look`,
          kept: tripped === runs && Math.max(...calls) <= most,
        },
        {
          what: 'every call of both fails: the former champion stands in, nobody is killed or rolled back', through: 'service', runs,
          measured: `${stood} of ${runs} stood in for, ${blamed} blamed`, aim: 'all, nobody', kept: stood === runs && blamed === 0,
        },
      ]
      return found
    }),
}
