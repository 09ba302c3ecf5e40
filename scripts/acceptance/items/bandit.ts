import { seededRandom, splitMix64 } from '../../../stats/random.ts'
import type { MetricDefinition } from '../../../src/core/define/definitions.ts'
import { designOf } from '../../../src/core/simulate/design.ts'
import { simulateRun } from '../../../src/core/simulate/run.ts'
import { type Item, type Measured, type Options, percent, runsOf } from '../item.ts'
import { designed } from '../simulated.ts'
import { winMetric } from '../world.ts'

const effects: Record<string, number> = { b: 0, c: 0.02 }
const users = 20_000
/** Three arms of 5, 5 and 7 %, 20,000 users in two days; nobody is promoted or killed, so that traffic is the bandit's alone. */
const request = (drift: number) => ({
  experiment: {
    key: 'three', model: 'three', unguarded: true,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
    metrics: [{ metric: 'win', role: 'decision', smallestEffect: 0.02 }],
    stages: [{ allocation: 'bandit', algorithm: 'thompson', interval: 'PT10M' }],
    policy: { maxDuration: 'P2D', autoPromote: false, autoKill: false },
  },
  traffic: { unitsPerDay: users / 2 },
  truth: { win: { baseline: 0.05, effects } },
  ...(drift > 0 && { drift: { amplitude: drift } }),
})

/** Let others work between two runs. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const cell = async (name: string, drift: number, runs: number, { seed, progress }: Options): Promise<Measured[]> => {
  const design = designOf(designed(request(drift), [winMetric] as MetricDefinition[]))
  let [best, within, looks, covered, hardest] = [0, 0, 0, 0, 1]
  for (let run = 0; run < runs; run++) {
    let all = true
    const { regret, units } = simulateRun(design, seededRandom(splitMix64(BigInt(seed) * 1_000_003n + BigInt(run))()), ({ report }) => {
      for (const { variant, difference } of report.comparisons) {
        const truth = effects[variant] ?? 0
        const held = (difference.lower ?? -Infinity) <= truth && truth <= (difference.upper ?? Infinity)
        looks += 1
        if (held) within += 1
        else all = false
      }
    })
    const share = 1 - (regret ?? 0) / (units * (effects['c'] ?? 1))
    best += share
    hardest = Math.min(hardest, share)
    if (all) covered += 1
    progress(1)
    if (run % 5 === 0) await breathe()
  }
  const share = best / runs
  const error = Math.sqrt((0.94 * 0.06) / runs)
  return [
    {
      what: `${name}: users who got the best arm, over the run`, through: 'simulator', runs,
      measured: `${percent(share)} on average, ${percent(hardest)} at least`, aim: '≥ 60 %', kept: share >= 0.6,
    },
    {
      what: `${name}: runs whose ranges of both differences held the truth at every one of 250 looks`, through: 'simulator', runs,
      measured: `${percent(covered / runs)} (${percent(within / looks)} of the looks)`, aim: '≥ 94 %', kept: covered / runs >= 0.94 - (runs < 500 ? 3 * error : 0),
    },
  ]
}

const full = 500

export const bandit: Item = {
  key: 'bandit',
  title: 'A bandit of 5, 5 and 7 % sends most to the best, and its ranges hold',
  runs: 2 * full,
  async measure(options) {
    const runs = runsOf(options.part, full, 4)
    return [
      ...(await cell('steady', 0, runs, options)),
      ...(await cell('baseline swings by half', 0.5, runs, options)),
    ]
  },
}
