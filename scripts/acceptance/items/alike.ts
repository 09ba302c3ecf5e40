import { seededRandom } from '../../../stats/random.ts'
import { allowed, type Item, percent, runsOf } from '../item.ts'
import { actedOn, type Arrival, begin, inWorld } from '../world.ts'

const looks = 24

/** Errors of control and candidate rise together, from 1 % to 30 %, in the middle of the experiment. */
export const alike: Item = {
  key: '7-alike',
  title: 'Control and candidate degrade alike: nobody is blamed',
  runs: 60,
  measure: ({ part, seed, progress }) =>
    inWorld(async (world) => {
      const runs = runsOf(part, 60, 6)
      const { uniform } = seededRandom(seed)
      const keys = Array.from({ length: runs }, (_, run) => `alike-${run}`)
      for (const key of keys) await begin(world, key, { key, model: key, salt: `${seed} ${key}` })
      for (let look = 0; look < looks; look++) {
        const errors = look < looks / 2 ? 0.01 : 0.3
        await world.serve(
          keys.flatMap((experiment) =>
            Array.from({ length: 50 }, (_, unit): Arrival => ({
              experiment, unit: `${look}-${unit}`, outcome: () => ({ win: uniform() < 0.3, error: uniform() < errors }),
            })),
          ),
        )
        await world.advance(600_000)
        await world.tick()
      }
      let blamed = 0
      for (const key of keys) {
        const acted = await actedOn(world, key)
        if (acted.some(({ action }) => ['kill', 'rollback', 'quarantine', 'promote'].includes(action))) blamed++
        progress(1)
      }
      return [
        {
          what: 'errors 1 % → 30 % in both: killed, rolled back, quarantined or promoted', through: 'service' as const, runs,
          measured: percent(blamed / runs), aim: '≤ 5 %', kept: blamed <= allowed(0.05, runs),
        },
      ]
    }),
}
