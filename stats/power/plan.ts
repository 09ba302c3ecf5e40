import { requireCount, requireOpenUnit, requirePositive } from '../check.ts'
import {
  type Schedule, type Spending, driftForPower, equalTimes, exitProbabilities, looksOf, meanInformation, scheduleAt,
} from '../group-sequential/index.ts'
import { seededRandom } from '../random.ts'
import { normalQuantile } from '../special/index.ts'
import { exactCrossings } from './exact.ts'
import { sequentialOperatingCharacteristics } from './operating.ts'
import { fixedCritical, zTestPower } from './sample-size.ts'

/**
 * How a test is read: once at the end; along a sequence, as often as one likes; at `looks` equally spaced looks; or by
 * the safe 2x2 e-process (`exact`, shares only), whose costs are simulated with a fixed seed in the limit of many units
 * an epoch: good to 2 % there, up to 10 % too low for a handful.
 * `tunedAt` is the size at which the sequence is tightest, as a multiple of the fixed-horizon size; unless told, that
 * of the fixed-horizon test with 80 % power.
 */
export type Reading =
  | { kind: 'fixed' }
  | { kind: 'sequential'; tunedAt?: number }
  | { kind: 'exact' }
  | { kind: 'group-sequential'; looks: number; spending?: Spending }

/** Level over the whole run, in (0, 1); one-sided sequences below 1/2. */
export type Aim = { alpha: number; sides?: 1 | 2 }

/** What a reading costs. Sizes are multiples of the fixed-horizon test with the same level and power. */
export type Cost = {
  /** Largest size: where the wanted power is reached. */
  inflation: number
  /** Mean size when the effect is as large as planned, and when there is none. */
  meanWithEffect: number
  meanWithout: number
  /** The looks of a group-sequential test, as fractions of its largest size, with chances to have stopped by then. */
  schedule: Schedule | null
  stopped: number[]
}

/** Sequences are looked at this often within the fixed-horizon size. More looks would find a little more. */
const LOOKS = 50
/** Largest size tried; no level and power that a double can tell apart need it. */
const LARGEST = 20
const RUNS = 4_000
const SEED = 20_240_229

const requireAim = ({ alpha, sides = 2 }: Aim, power: number): { alpha: number; sides: 1 | 2; reach: number } => {
  requireOpenUnit('power', power)
  const critical = fixedCritical(alpha, sides)
  if (power <= alpha / sides) throw new RangeError(`power must be above the level of a side, got ${power}`)
  return { alpha, sides, reach: critical + normalQuantile(power) }
}

/**
 * What it costs to read a test in a certain way.
 *
 * @param power in (alpha/sides, 1)
 * @throws {RangeError} naming the argument: alpha, power, looks (1 to 200), tunedAt
 */
export const costOf = (reading: Reading, aim: Aim, power = 0.8): Cost => {
  const { alpha, sides, reach } = requireAim(aim, power)
  if (reading.kind === 'fixed') {
    return { inflation: 1, meanWithEffect: 1, meanWithout: 1, schedule: null, stopped: [] }
  }
  if (reading.kind === 'sequential') return sequenceCost(tuningOf(reading, aim, power), { alpha, sides, reach }, power)
  if (reading.kind === 'exact') return exactCost({ alpha, sides, reach }, power)
  const schedule = scheduled(reading, { alpha, sides })
  const looks = looksOf(schedule)
  const drift = driftForPower(looks, power)
  const inflation = (drift / reach) ** 2
  const exits = exitProbabilities(looks, drift)
  let total = 0
  return {
    inflation,
    meanWithEffect: inflation * meanInformation(looks, exits),
    meanWithout: inflation * meanInformation(looks, exitProbabilities(looks)),
    schedule,
    stopped: exits.above.map((above, index) => (total += above + exits.below[index]!)),
  }
}

const scheduled = (
  { looks, spending }: Extract<Reading, { kind: 'group-sequential' }>, { alpha, sides }: Required<Aim>,
): Schedule => {
  requireCount('looks', looks, 1)
  if (looks > 200) throw new RangeError(`looks must be at most 200, got ${looks}`)
  return scheduleAt(spending ? { alpha, sides, spending } : { alpha, sides }, equalTimes(looks))
}

/** Fixed-horizon size with 80 % power, as a multiple of that with the wanted power. */
const tuningOf = ({ tunedAt }: { tunedAt?: number }, aim: Aim, power: number): number => {
  if (tunedAt === undefined) return (requireAim(aim, 0.8).reach / requireAim(aim, power).reach) ** 2
  requirePositive('tunedAt', tunedAt)
  return tunedAt
}

const sequenceCost = (
  tunedAt: number, { alpha, sides, reach }: Required<Aim> & { reach: number }, power: number,
): Cost => {
  const times = Array.from({ length: LARGEST * LOOKS }, (_, index) => (index + 1) / LOOKS)
  const monitored = { alpha, sides, tunedAt, drift: reach }
  const { rejected } = sequentialOperatingCharacteristics({ ...monitored, times }, power)
  const index = rejected.findIndex((chance) => chance >= power)
  if (index < 0) throw new RangeError(`tunedAt must be near the size of the test, got ${tunedAt}`)
  // between two looks the chance is taken as straight
  const [before, after] = [rejected[index - 1] ?? 0, rejected[index]!]
  const inflation = (index + (power - before) / (after - before)) / LOOKS
  const until = [...times.slice(0, index), inflation]
  const stopsEarly = until.slice(0, -1).map((time, at) => time * (rejected[at]! - (rejected[at - 1] ?? 0)))
  return {
    inflation,
    meanWithEffect: stopsEarly.reduce((sum, part) => sum + part, 0) + inflation * (1 - before),
    meanWithout: sequentialOperatingCharacteristics({ ...monitored, times: until, drift: 0 }).meanTime,
    schedule: null,
    stopped: [],
  }
}

/** Bets are placed as often as sequences are looked at. */
const exactCost = ({ alpha, sides, reach }: Required<Aim> & { reach: number }, power: number): Cost => {
  const plan = { alpha, sides, epoch: 1 / LOOKS, runs: RUNS }
  const times = exactCrossings({ ...plan, drift: reach, epochs: LARGEST * LOOKS }, seededRandom(SEED))
  const inflation = times[Math.ceil(power * RUNS) - 1] ?? Infinity
  if (inflation === Infinity) throw new RangeError(`power must be within reach of ${LARGEST} fixed sizes, got ${power}`)
  const epochs = Math.ceil(inflation * LOOKS)
  const idle = exactCrossings({ ...plan, drift: 0, epochs }, seededRandom(SEED))
  const mean = (stops: number[]): number => stops.reduce((sum, time) => sum + Math.min(time, inflation), 0) / RUNS
  return { inflation, meanWithEffect: mean(times), meanWithout: mean(idle), schedule: null, stopped: [] }
}

/**
 * Chance that a test of a given size finds an effect, by its end and in the right direction or (two-sided, fixed and
 * sequential) the wrong one, which is next to nothing for effects worth planning for.
 *
 * @param zEffect true effect in standard errors of its estimate at the end, at least 0
 * @param reading `tunedAt` as a multiple of the size at hand; unless told, that of the 80 % fixed-horizon test
 * @throws {RangeError} as `costOf`, or for a zEffect that is negative or not finite
 */
export const powerOf = (reading: Reading, aim: Aim, zEffect: number): number => {
  const { alpha, sides = 2 } = aim
  if (!(zEffect >= 0 && zEffect < Infinity)) throw new RangeError(`zEffect must be at least 0, got ${zEffect}`)
  if (reading.kind === 'fixed') return zTestPower(zEffect, alpha, sides === 2 ? 'two-sided' : 'greater')
  if (reading.kind === 'group-sequential') {
    const { above, below } = exitProbabilities(looksOf(scheduled(reading, { alpha, sides })), zEffect)
    return [...above, ...below].reduce((sum, chance) => sum + chance, 0)
  }
  const planned = zEffect > 0 ? (requireAim(aim, 0.8).reach / zEffect) ** 2 : 1
  const count = Math.min(2 * LOOKS, Math.max(LOOKS, Math.ceil(LOOKS / planned)))
  if (reading.kind === 'exact') {
    const plan = { alpha, sides, drift: zEffect, epoch: 1 / count, epochs: count, runs: RUNS }
    return exactCrossings(plan, seededRandom(SEED)).filter(Number.isFinite).length / RUNS
  }
  const [tunedAt, times] = [reading.tunedAt ?? planned, equalTimes(count)]
  return sequentialOperatingCharacteristics({ alpha, sides, tunedAt, times, drift: zEffect }).chance
}
