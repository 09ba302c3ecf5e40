import { seededRandom } from '../../../stats/random.ts'
import type { MetricDefinition } from '../../../src/core/define/definitions.ts'
import { allowed, type Item, type Measured, type Options, percent, runsOf } from '../item.ts'
import { designed, simulate } from '../simulated.ts'
import { actedOn, type Arrival, begin, endedOf, errorMetric, inWorld, winMetric } from '../world.ts'

const hour = 3_600_000
const rate = 0.05
const definition = {
  key: 'same', model: 'same',
  variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
  metrics: [{ metric: 'win', role: 'decision', smallestEffect: 0.03 }, { metric: 'error', role: 'guardrail', margin: 0.01 }],
  stages: [{ allocation: 'fixed' }],
  policy: { minUnits: 500, minDuration: 'PT6H', maxDuration: 'P5D' },
}
/** Candidates that are the same; that harm exactly as much as is tolerated; and so under a baseline that swings by half. */
const cells = [
  { name: 'nothing differs', harm: 0, drift: 0 },
  { name: 'guardrail at its margin', harm: 0.01, drift: 0 },
  { name: 'at its margin, shared drift', harm: 0.01, drift: 0.5 },
]

const simulatedCell = async ({ name, harm, drift }: (typeof cells)[number], runs: number, { seed, progress }: Options): Promise<Measured[]> => {
  const { rates } = await simulate(
    designed(
      {
        experiment: definition,
        traffic: { unitsPerDay: 2_000 },
        truth: { win: { baseline: 0.3 }, error: { baseline: 0.05, effects: { b: harm } } },
        ...(drift > 0 && { drift: { amplitude: drift } }),
        runs, seed,
      },
      [winMetric, errorMetric] as MetricDefinition[],
    ),
    progress,
  )
  return [
    measured(`${name}: false kills and rollbacks, 250 looks`, 'simulator', runs, rates.wrongKill.estimate),
    measured(`${name}: false promotions, 250 looks`, 'simulator', runs, rates.wrongPromotion.estimate),
  ]
}

const measured = (what: string, through: Measured['through'], runs: number, share: number): Measured => ({
  what, through, runs, measured: percent(share), aim: '≤ 5 %', kept: Math.round(share * runs) <= allowed(rate, runs),
})

const unitsALook = 40

/** Who comes: somebody else each time, or the same users every day, who count on every day and in the whole stage once. */
const crowds = [
  { name: 'at its margin, shared drift', key: 'same', more: {}, looks: 30, unitOf: (look: number, unit: number) => `${look}-${unit}` },
  { name: 'the same users every day', key: 'again', more: { window: 'PT12H' }, looks: 60, unitOf: (look: number, unit: number) => `${look % 12}-${unit}` },
]

/** Experiments side by side through the whole service, at the margin, under a baseline that swings for all alike. */
const throughService = async ({ name, key: word, more, looks, unitOf }: (typeof crowds)[number], runs: number, { seed, progress }: Options): Promise<Measured[]> =>
  inWorld(async (world) => {
    const { uniform } = seededRandom(seed)
    const keys = Array.from({ length: runs }, (_, run) => `${word}-${run}`)
    for (const key of keys) await begin(world, key, { ...definition, ...more, key, model: key, salt: key })
    let [promoted, harmed] = [0, 0]
    let open = keys
    for (let look = 0; look < looks; look++) {
      const level = 1 + 0.5 * Math.sin((2 * Math.PI * look) / 12)
      const arrivals = open.flatMap((experiment) =>
        Array.from({ length: unitsALook }, (_, unit): Arrival => ({
          experiment, unit: unitOf(look, unit),
          outcome: (variant) => ({ win: uniform() < 0.3 * level, error: uniform() < 0.05 * level + (variant === 'b' ? 0.01 : 0) }),
        })),
      )
      await world.serve(arrivals)
      await world.advance(2 * hour)
      await world.tick()
      const ended = await endedOf(world)
      open = open.filter((key) => !ended.has(key))
    }
    for (const key of keys) {
      const acted = (await actedOn(world, key)).map(({ action }) => action)
      if (acted.includes('promote')) promoted++
      if (acted.includes('kill') || acted.includes('rollback')) harmed++
      progress(1)
    }
    const words = `${name}, ${looks} looks at ${unitsALook} units`
    return [
      measured(`${words}: false kills and rollbacks`, 'service', runs, harmed / runs),
      measured(`${words}: false promotions`, 'service', runs, promoted / runs),
    ]
  })

const [fullSimulated, fullService] = [1_000, 1_000]

export const falseAlarms: Item = {
  key: '1-false-alarms',
  title: 'A/A: nobody is harmed or promoted by chance',
  runs: cells.length * fullSimulated + crowds.length * fullService,
  async measure(options) {
    const runs = runsOf(options.part, fullSimulated, 10)
    const found: Measured[] = []
    for (const cell of cells) found.push(...(await simulatedCell(cell, runs, options)))
    for (const crowd of crowds) found.push(...(await throughService(crowd, runsOf(options.part, fullService, 10), options)))
    return found
  },
}
