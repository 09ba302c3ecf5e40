import { seededRandom } from '../../../stats/random.ts'
import { type Item, type Measured, median, type Options, runsOf } from '../item.ts'
import { type Arrival, begin, endedOf, inWorld } from '../world.ts'

/** New units between two looks. */
const levels = [20, 100, 500]
const most = 4_000
const aim = 600

/** Errors rise from 1 % to 6 % in the candidate; how many of its units have been exposed when it is rolled back? */
const level = async (unitsALook: number, runs: number, { seed, progress }: Options): Promise<Measured> =>
  inWorld(async (world) => {
    const { uniform } = seededRandom(seed)
    const exposed = new Map(Array.from({ length: runs }, (_, run) => [`harm-${run}`, 0]))
    for (const key of exposed.keys()) await begin(world, key, { key, model: key, salt: `${seed} ${key}` })
    const open = new Set(exposed.keys())
    for (let look = 0; open.size > 0 && look * unitsALook < 2 * most; look++) {
      const arrivals = [...open].flatMap((experiment) =>
        Array.from({ length: unitsALook }, (_, unit): Arrival => ({
          experiment, unit: `${look}-${unit}`,
          outcome: (variant) => ({ win: uniform() < 0.3, error: uniform() < (variant === 'b' ? 0.06 : 0.01) }),
        })),
      )
      const variants = await world.serve(arrivals)
      for (const [index, variant] of variants.entries()) {
        const key = arrivals[index]?.experiment ?? ''
        if (variant === 'b') exposed.set(key, (exposed.get(key) ?? 0) + 1)
      }
      await world.advance(10_000)
      await world.tick()
      for (const [key, state] of await endedOf(world)) {
        if (state === 'rolled_back' && open.delete(key)) progress(1)
      }
    }
    progress(open.size)
    const units = [...exposed.values()]
    const middle = median(units)
    return {
      what: `errors 1 % → 6 %, margin 1 point, ${unitsALook} units a look: candidate’s units until rollback`,
      through: 'service', runs,
      measured: `median ${middle}, most ${Math.max(...units)}${open.size > 0 ? `, ${open.size} not rolled back` : ''}`,
      aim: `median ≤ ${aim}`,
      kept: middle <= aim && open.size === 0,
    }
  })

export const harm: Item = {
  key: '2-harm',
  title: 'Harm is rolled back soon',
  runs: 40 * levels.length,
  async measure(options) {
    const found: Measured[] = []
    for (const units of levels) found.push(await level(units, runsOf(options.part, 40, 3), options))
    return found
  },
}
