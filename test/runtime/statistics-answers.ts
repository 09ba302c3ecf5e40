import {
  betaCdf, betaQuantile, chiSquareSurvival, fQuantile, gammaQuantile, logGamma, normalQuantile, probabilityBest,
  studentCdf, studentQuantile,
} from '../../stats/index.ts'

/** One answer of every library that the statistics rest on, and of what is built upon them. */
export const answers = (): Record<string, number | number[]> => ({
  beta: [betaCdf(0.1, 0.5, 0.7), betaCdf(0.1, 1_000_000, 9_000_000), betaQuantile(0.025, 11, 91)],
  gamma: [logGamma(0.3), gammaQuantile(0.025, 3, 2), chiSquareSurvival(10_100, 10_000)],
  normal: normalQuantile(1e-16),
  student: [studentCdf(-10, 100), studentQuantile(0.975, 10)],
  f: fQuantile(0.95, 3, 40),
  best: probabilityBest([{ family: 'beta', a: 11, b: 91 }, { family: 'beta', a: 15, b: 87 }]).probability,
})
