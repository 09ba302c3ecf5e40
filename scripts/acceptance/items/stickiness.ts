import { assign } from '../../../src/assign/assign.ts'
import { type CompiledExperiment, compileSnapshot } from '../../../src/assign/compile.ts'
import type { Snapshot } from '../../../src/assign/snapshot.ts'
import { compileRule } from '../../../src/targeting/compile.ts'
import { type Item, type Measured, percent, runsOf } from '../item.ts'
import { type Arrival, begin, inWorld, type World } from '../world.ts'

const key = 'canary'
const step = (coverage: number) => ({ coverage, hold: 'P1D', minUnits: 0 })

/** From 1 to 50 of 100 units get the candidate. On the way somebody pauses and goes on, and the configuration is read each time. */
const way = ['start', 'ramp', 'pause', 'resume', 'ramp', 'ramp', 'pause', 'resume', 'ramp'] as const
const stages = [{ allocation: 'steps', steps: [0.02, 0.1, 0.2, 0.5, 1].map(step) }]

/** Units that have a variant, by number; −1 for those that are not enrolled yet. */
type Seen = { arms: Int8Array; moved: number; left: number }

const seen = (units: number): Seen => ({ arms: new Int8Array(units).fill(-1), moved: 0, left: 0 })

/** What a unit gets now, beside what it got before. `arm`: −1 where the champion answers outside of the split. */
const note = (before: Seen, unit: number, arm: number): void => {
  const first = before.arms[unit] ?? -1
  if (first === -1) before.arms[unit] = arm
  else if (arm === -1) before.left++
  else if (arm !== first) before.moved++
}

const published = async ({ api }: World): Promise<CompiledExperiment> => {
  const { experiments } = compileSnapshot(await api<Snapshot>('GET', '/snapshot'), compileRule)
  const found = [...experiments.values()].find((one) => one.key === key)
  if (!found) throw new Error('the canary is not published')
  return found
}

const name = (unit: number): string => `unit-${unit}`

const armOf = (experiment: CompiledExperiment, unit: string): number => {
  const { reason, variant } = assign(experiment, { unit, draw: unit, attributes: {}, sticky: null, unitHash: () => '' })
  return reason === 'split' ? variant : -1
}

/** The first units through the service itself; answers how many it gave something else than the same configuration gives here. */
const through = async (world: World, experiment: CompiledExperiment, before: Seen): Promise<number> => {
  const units = Array.from(before.arms, (_, unit) => name(unit))
  const variants = await world.serve(units.map((unit): Arrival => ({ experiment: key, unit, outcome: () => null })))
  let others = 0
  variants.forEach((variant, unit) => {
    const arm = variant === null ? -1 : experiment.variants.findIndex((one) => one.key === variant)
    note(before, unit, arm)
    if (arm !== armOf(experiment, name(unit))) others++
  })
  return others
}

const told = ({ arms, moved, left }: Seen): string => {
  const candidates = arms.filter((arm) => arm === 1).length
  return `${moved} changed variant, ${left} left; ${percent(candidates / arms.length)} have the candidate at the end`
}

export const stickiness: Item = {
  key: '5-stickiness',
  title: 'No unit changes variant along a canary, nor on pause and resume',
  runs: way.length,
  measure: ({ part, progress }) =>
    inWorld(async (world): Promise<Measured[]> => {
      await begin(world, key, { stages, policy: { autoPromote: false }, salt: key }, ['a', 'b'], false)
      const all = seen(runsOf(part, 1_000_000, 10_000))
      const some = seen(runsOf(part, 20_000, 1_000))
      let others = 0
      for (const action of way) {
        await world.api('POST', `/api/experiments/${key}/actions`, { action, reason: 'along the canary' })
        await world.tick()
        const experiment = await published(world)
        for (let unit = 0; unit < all.arms.length; unit++) note(all, unit, armOf(experiment, name(unit)))
        others += await through(world, experiment, some)
        progress(1)
      }
      const kept = ({ arms, moved, left }: Seen): boolean =>
        moved === 0 && left === 0 && arms.every((arm) => arm !== -1) && Math.abs(arms.filter((arm) => arm === 1).length / arms.length - 0.5) < 0.05
      const aim = 'nobody changes or leaves'
      return [
        {
          what: 'units assigned along all published configurations, 1 → 50 %, two pauses', through: 'service',
          runs: all.arms.length, measured: told(all), aim, kept: kept(all),
        },
        {
          what: 'units that came to the service each time', through: 'service', runs: some.arms.length,
          measured: `${told(some)}; ${others} answers differ from the configuration`, aim: `${aim}; no answer differs`, kept: kept(some) && others === 0,
        },
      ]
    }),
}
