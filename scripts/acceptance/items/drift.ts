import { type Counted, driftOf, driftReference, type Random, seededRandom, sketchBuckets, sketchOf } from '../../../stats/index.ts'
import { type Item, percent, runsOf } from '../item.ts'

/** Laws of scores and inputs, in standard deviations of their own where they have one. */
const laws: readonly { name: string; kind: 'numeric' | 'categorical'; draw: (random: Random) => number; spread?: number }[] = [
  { name: 'normal', kind: 'numeric', draw: (random) => random.normal(), spread: 1 },
  { name: 'uniform', kind: 'numeric', draw: (random) => random.uniform(), spread: Math.sqrt(1 / 12) },
  { name: 'latency (log-normal)', kind: 'numeric', draw: (random) => Math.exp(6 + random.normal()) },
  { name: '60 % zeros', kind: 'numeric', draw: (random) => (random.uniform() < 0.6 ? 0 : random.exponential()) },
  { name: 'whole numbers', kind: 'numeric', draw: (random) => Math.floor(3 * random.exponential()) },
  { name: 'true or false', kind: 'categorical', draw: (random) => (random.uniform() < 0.03 ? 1 : 0) },
  { name: '40 codes, Zipf', kind: 'categorical', draw: (random) => Math.min(40, Math.floor(40 ** random.uniform())) },
]

const windowsPerReference = 100

const valuesOf = (n: number, draw: () => number): Counted[] => sketchBuckets(sketchOf(Array.from({ length: n }, draw)))

/** Windows of one reference that alarm, the law of the windows being moved by `shift`. */
const alarmsIn = (random: Random, { kind, draw }: (typeof laws)[number], windows: number, shift = 0): number => {
  const reference = driftReference(valuesOf(500 + Math.floor(500 * random.uniform()), () => draw(random)), kind)
  if (!reference) throw new Error('a reference of 500 values is one')
  let alarms = 0
  for (let window = 0; window < windows; window++) {
    if (driftOf(reference, valuesOf(500, () => draw(random) + shift))?.alarm) alarms++
  }
  return alarms
}

/** Distributions that do not move, and such that move by half a standard deviation, judged as every window is. */
export const drift: Item = {
  key: 'drift',
  title: 'Drift of distributions: false alarms and found shifts',
  runs: 500,
  measure: async ({ part, seed, progress }) => {
    const random = seededRandom(seed)
    const references = runsOf(part, 500, 10)
    let alarms = 0
    for (let run = 0; run < references; run++) {
      alarms += alarmsIn(random, laws[run % laws.length]!, windowsPerReference)
      progress(1)
    }
    const windows = references * windowsPerReference
    const moved = laws.flatMap((law) => {
      const { spread } = law
      if (spread === undefined) return []
      const [runs, each] = [runsOf(part, 50, 5), 20]
      const found = Array.from({ length: runs }, () => alarmsIn(random, law, each, spread / 2)).reduce((sum, one) => sum + one, 0)
      return [{ name: law.name, runs: runs * each, share: found / (runs * each) }]
    })
    return [
      {
        what: 'windows of 500 values of an unmoved law that alarm', through: 'statistics', runs: windows,
        measured: `${alarms} of ${windows}`, aim: '≤ 1 in 10,000', kept: alarms <= Math.max(1, windows / 10_000),
      },
      ...moved.map(({ name, runs, share }) => ({
        what: `${name}, moved by half a standard deviation: found in one window of 500`, through: 'statistics' as const, runs,
        measured: percent(share), aim: '≥ 80 %', kept: share >= 0.8,
      })),
    ]
  },
}
