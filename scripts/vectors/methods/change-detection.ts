import { z } from 'zod'
import { alarmed, detect, detectorLog, meanIncrements, newDetector, seededRandom } from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const kinds = { SR: 'sr', CUSUM: 'cusum' } as const

const detectors: Adapter = (inputs) => {
  const { x, m0, lambdas, alpha } = z
    .object({ x: z.array(z.number()), m0: z.number(), lambdas: z.array(z.number()), alpha: z.number() })
    .parse(inputs)
  const told: Record<string, number> = {}
  for (const [name, kind] of Object.entries(kinds)) {
    let state = newDetector(kind)
    told[`${name}_alarm`] = -1
    for (const [index, value] of x.entries()) {
      state = detect(state, meanIncrements(value, m0, lambdas))
      told[`${name}_at_${index + 1}`] = Math.exp(detectorLog(state))
      if (told[`${name}_alarm`] === -1 && alarmed(state, 1 / alpha)) told[`${name}_alarm`] = index + 1
    }
    told[`${name}_final`] = Math.exp(detectorLog(state))
  }
  return told
}

/** Mean number of Bernoulli draws until the alarm, over 1,000 seeded runs. */
const runLength: Adapter = (inputs) => {
  const { kind, p, m0, lambdas, alpha, cap } = z
    .object({
      kind: z.enum(['SR', 'CUSUM']), p: z.number(), m0: z.number(), lambdas: z.array(z.number()), alpha: z.number(),
      cap: z.number(),
    })
    .parse(inputs)
  const runs = 1_000
  const [failed, fine] = [meanIncrements(1, m0, lambdas), meanIncrements(0, m0, lambdas)]
  let [sum, squares, capped] = [0, 0, 0]
  for (let seed = 0; seed < runs; seed++) {
    const random = seededRandom(seed)
    let state = newDetector(kinds[kind])
    while (state.updates < cap && (state.updates === 0 || !alarmed(state, 1 / alpha))) {
      state = detect(state, random.uniform() < p ? failed : fine)
    }
    sum += state.updates
    squares += state.updates ** 2
    if (state.updates >= cap) capped++
  }
  const mean = sum / runs
  const error = Math.sqrt((squares / runs - mean ** 2) / (runs - 1))
  return { mean_run_length: mean, std_error: error, fraction_capped: capped / runs }
}

export const changeDetection: Methods = [
  [/^e-detector for H0: mean<=m0/, detectors],
  [/^simulated run length of Bernoulli e-detector/, runLength],
]
