import { seededRandom } from '../../../stats/random.ts'
import type { SimulationResult } from '../../../src/core/simulate/request.ts'
import { type Item, type Measured, percent, runsOf } from '../item.ts'
import { actedOn, type Arrival, begin, inWorld, stateOf, type World } from '../world.ts'

const hour = 3_600_000
const unitsAnHour = 5
const days = 14

const simulated = async ({ api }: World, key: string, runs: number): Promise<SimulationResult> => {
  const { id } = await api<{ id: string }>('POST', '/api/simulations', {
    experiment: key,
    traffic: { unitsPerDay: 24 * unitsAnHour },
    truth: { win: { baseline: 0.3, effects: { b: 0.03 } }, error: { baseline: 0.01 } },
    runs,
  })
  for (;;) {
    const { state, result, error } = await api<{ state: string; result: SimulationResult | null; error: string | null }>('GET', `/api/simulations/${id}`)
    if (result) return result
    if (state === 'failed') throw new Error(`the simulation failed: ${error}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Five requests an hour, one error of the candidate at night: nothing may follow from that, and the plan tells so. */
export const lowTraffic: Item = {
  key: '10-low-traffic',
  title: 'Few requests and one error: hold, and say beforehand that this cannot conclude',
  runs: 1,
  measure: ({ part, seed, progress }) =>
    inWorld(async (world) => {
      const runs = runsOf(part, 200, 40)
      const key = 'quiet'
      await begin(world, key, { key, model: key, policy: { maxDuration: `P${days}D` } }, ['a', 'b'], false)
      const { rates } = await simulated(world, key, runs)
      const { sample } = await world.api<{ sample: { duration: { days: number } | null } }>('POST', '/api/power', {
        kind: 'conversion', baseline: 0.3, effect: 0.03, unitsPerDay: 24 * unitsAnHour,
      })
      await world.api('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'acceptance' })
      const { uniform } = seededRandom(seed)
      let erred = false
      for (let at = 1; at <= 24 * days; at++) {
        const arrivals = Array.from({ length: unitsAnHour }, (_, unit): Arrival => ({
          experiment: key, unit: `${at}-${unit}`,
          outcome: (variant) => {
            const error = !erred && variant === 'b'
            erred ||= error
            return { win: uniform() < 0.3, error }
          },
        }))
        await world.serve(arrivals)
        await world.advance(hour)
        await world.tick()
      }
      progress(1)
      const acted = await actedOn(world, key)
      const needed = sample.duration?.days ?? 0
      const found: Measured[] = [
        {
          what: `${unitsAnHour} an hour for ${days} days, one error, ${24 * days} looks: what was done`, through: 'service', runs: 1,
          measured: `${acted.map(({ action }) => action).join(', ') || 'nothing'}; ${await stateOf(world, key)}`,
          aim: 'nothing until the time is over', kept: acted.every(({ action }) => action === 'conclude'),
        },
        {
          what: 'POST /api/simulations beforehand, with a real effect of 3 points: ends without a winner', through: 'simulator', runs,
          measured: percent(rates.inconclusive.estimate), aim: '≥ 90 %', kept: rates.inconclusive.estimate >= 0.9,
        },
        {
          what: 'POST /api/power beforehand: days needed', through: 'service', runs: 1,
          measured: needed.toFixed(0), aim: `> ${days}`, kept: needed > days,
        },
      ]
      return found
    }),
}
