import type { Random } from '../../stats/random.ts'
import { normalQuantile } from '../../stats/index.ts'

/** What one unit reports: numerator and denominator (1 for per-unit metrics). */
export type Unit = { x: number; y: number }

/**
 * A kind of metric to simulate. `draw` writes one unit's values, its mean moved by `shift` and the shared baseline by
 * the factor `level`; `baseline` is the true ratio of sums at level 1, `spread` the standard deviation a unit adds
 * to that ratio: effects are told in it.
 */
export type Kind = {
  name: string
  baseline: number
  spread: number
  /** 0/1 values: events and non-events can be counted. */
  share: boolean
  /** Heavy tails: decided only with more events and a balanced pair. */
  unbounded: boolean
  draw: (random: Random, shift: number, level: number, into: Unit) => void
}

const binary = (rate: number): Kind => ({
  name: `binary ${rate * 100} %`,
  baseline: rate,
  spread: Math.sqrt(rate * (1 - rate)),
  share: true,
  unbounded: false,
  draw: (random, shift, level, into) => {
    into.x = random.uniform() < rate * level + shift ? 1 : 0
    into.y = 1
  },
})

const revenueSigma = 1.2
const revenueCap = Math.exp(revenueSigma * normalQuantile(0.999))

/** E min(exp(σZ), cap)^k for the cap at the 99.9th percentile. Source: moments of the truncated lognormal. */
const cappedMoment = (order: number): number => {
  const reach = normalQuantile(0.999)
  const steps = 20_000
  // Simpson over Z, the capped tail apart
  const from = -9
  const width = (reach - from) / steps
  let sum = 0
  for (let step = 0; step <= steps; step++) {
    const z = from + step * width
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2
    sum += weight * Math.exp(order * revenueSigma * z - z * z / 2)
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI) + 0.001 * revenueCap ** order
}

const revenueMean = cappedMoment(1)

/** Lognormal money, capped at the 99.9th percentile. */
const revenue: Kind = {
  name: 'revenue',
  baseline: revenueMean,
  spread: Math.sqrt(cappedMoment(2) - revenueMean ** 2),
  share: false,
  unbounded: true,
  draw: (random, shift, level, into) => {
    into.x = level * Math.min(revenueCap, Math.exp(revenueSigma * random.normal())) + shift
    into.y = 1
  },
}

/** Clicks over views: each unit has its own rate (Beta(2, 8)) and 1 to 9 views. */
const ratio: Kind = {
  name: 'ratio',
  baseline: 0.2,
  // Var(Σ(x − R y))/E[y]² with views K uniform on 1..9: E[K] r(1 − r) + Var(rate)(E[K²] − E[K]), divided by 25
  spread: Math.sqrt((5 * 0.2 * 0.8 + (0.16 / 11) * (95 / 3 - 5)) / 25),
  share: false,
  unbounded: false,
  draw: (random, shift, level, into) => {
    const views = 1 + Math.floor(random.uniform() * 9)
    const rate = Math.min(1, random.beta(2, 8) * level)
    let clicks = 0
    for (let view = 0; view < views; view++) if (random.uniform() < rate) clicks++
    into.x = clicks + shift * views
    into.y = views
  },
}

const requestSigma = 0.4
const userSigma = 0.3
const latencyMean = Math.exp((requestSigma ** 2 + userSigma ** 2) / 2)

/** Mean latency over requests: 1 to 5 a unit, each unit slower or faster by itself. */
const latency: Kind = {
  name: 'latency',
  baseline: latencyMean,
  // requests K uniform on 1..5: E[K] Var(within) + E[K²] Var(between), divided by 9
  spread: Math.sqrt(
    (3 * Math.exp(userSigma ** 2) ** 2 * Math.exp(requestSigma ** 2) * Math.expm1(requestSigma ** 2) +
      11 * Math.exp(requestSigma ** 2) * Math.exp(userSigma ** 2) * Math.expm1(userSigma ** 2)) / 9,
  ),
  share: false,
  unbounded: true,
  draw: (random, shift, level, into) => {
    const requests = 1 + Math.floor(random.uniform() * 5)
    const own = level * Math.exp(userSigma * random.normal())
    let sum = 0
    for (let request = 0; request < requests; request++) sum += own * Math.exp(requestSigma * random.normal())
    into.x = sum + shift * requests
    into.y = requests
  },
}

export const kinds: readonly Kind[] = [binary(0.01), binary(0.05), binary(0.5), revenue, ratio, latency]

/** The shared baseline over a run, as a factor: it rises by half and falls again, or stays. */
export const levelAt = (drift: boolean, progress: number): number =>
  drift ? 1 + 0.5 * Math.sin(2 * Math.PI * progress) ** 2 : 1

/** Sums of one arm, kept incrementally; ratio of sums and its variance as in stats/delta. */
export type Sums = { n: number; x: number; y: number; xx: number; xy: number; yy: number }

export const noSums = (): Sums => ({ n: 0, x: 0, y: 0, xx: 0, xy: 0, yy: 0 })

export const push = (sums: Sums, { x, y }: Unit): void => {
  sums.n++
  sums.x += x
  sums.y += y
  sums.xx += x * x
  sums.xy += x * y
  sums.yy += y * y
}

/** Variance of an arm's ratio of sums by the delta method; 0 where every unit has the same residual. */
export const ratioVariance = ({ n, x, y, xx, xy, yy }: Sums): number => {
  const ratioOf = x / y
  const residual = Math.max(0, xx - 2 * ratioOf * xy + ratioOf * ratioOf * yy)
  return (residual / (n - 1)) * (n / (y * y))
}
