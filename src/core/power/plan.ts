import { type Cost, costOf, effectFor, powerOf, type Reading } from '../../../stats/index.ts'
import { ServiceError } from '../../errors.ts'
import { requireDurationMs } from '../define/duration.ts'
import {
  detectable, designOf, fixedUnits, leastWeight, pairWeight, type PowerDesign, scaledVariance,
} from './design.ts'
import { differenceOf, distanceOf, type PowerRequest } from './request.ts'
import { assumptionsOf } from './words.ts'

export type Effect = { absolute: number; relative: number | null }
export type Span = { days: number; iso: string }

/** What a request comes to. Sizes are whole units, over all variants where nothing else is said. */
export type PowerPlan = {
  method: PowerRequest['method']
  /** Level of one comparison with the control: alpha over their number. */
  level: number
  sides: 1 | 2
  power: number
  effect: Effect | null
  /** The largest size; null when no effect is told. */
  sample: {
    units: number
    perVariant: number[]
    /** What one look at the end would need, and how much more this is. */
    fixed: number
    inflation: number
    /** Where it ends on average: when the effect is as told, when there is none. */
    mean: { withEffect: number; without: number }
    /** Longest and mean (effect as told) time; null without unitsPerDay. */
    duration: (Span & { mean: Span }) | null
    looks: { share: number; units: number; boundary: number; stopped: number }[] | null
    /** For `policy.plannedUnits`: where a sequence is tightest; null for other methods. */
    plannedUnits: number | null
  } | null
  /** What the units told would find; null when none are. `effect` is null when nothing is large enough. */
  detectable: {
    units: number
    perVariant: number[]
    duration: Span | null
    effect: Effect | null
    /** Of finding the effect told; null when none is. */
    chance: number | null
  } | null
  assumptions: string[]
}

/** A sequence decides from here on: units, and events as well as non-events, in each arm. */
const minimum = { units: 100, events: 20 }
const dayMs = 86_400_000
/** A sequence tuned for a size so many times larger or smaller is none that anybody would plan. */
const farthest = 20

/**
 * Sample size, duration and detectable effect of an experiment.
 *
 * @throws {ServiceError} invalid_definition for an effect that no number of units a double can hold would find, or a
 *         plannedUnits far from what the test needs
 */
export const planPower = (request: PowerRequest): PowerPlan => {
  const design = designOf(request)
  const difference = differenceOf(request) ?? (request.goal === 'non-inferior' && !sized(request) ? 0 : null)
  const sample = difference === null ? null : sampleOf(design, difference)
  const plan: PowerPlan = {
    method: request.method,
    level: design.aim.alpha,
    sides: design.aim.sides,
    power: request.power,
    effect: difference === null ? null : { ...effectOf(request, difference), ...told(request) },
    sample,
    detectable: sized(request) ? found(design, difference) : null,
    assumptions: [],
  }
  return { ...plan, assumptions: assumptionsOf(design, plan) }
}

const sized = ({ units, duration }: PowerRequest): boolean => units !== undefined || duration !== undefined

const effectOf = ({ baseline }: PowerRequest, absolute: number): Effect => ({
  absolute,
  relative: baseline === undefined || baseline === 0 ? null : absolute / baseline,
})

/** A relative effect comes back as it was told, not divided again. */
const told = ({ relativeEffect }: PowerRequest): Partial<Effect> =>
  relativeEffect === undefined ? {} : { relative: relativeEffect }

const refuse = (path: string, message: string): never => {
  throw new ServiceError('invalid_definition', `${path}: ${message}`, { violations: [{ path, message }] })
}

const sampleOf = (design: PowerDesign, difference: number): PowerPlan['sample'] => {
  const { request, reading } = design
  const fixed = fixedUnits(design, difference)
  const tuned = tunedReading(design, fixed)
  const cost = costOf(tuned, design.aim, request.power)
  const least = reading.kind === 'sequential' ? enough(design, difference) : 0
  const wanted = Math.max(fixed * cost.inflation, least)
  if (!(wanted <= 1e15)) {
    const path = request.relativeEffect === undefined ? 'effect' : 'relativeEffect'
    refuse(path, 'is so small that more than 1e15 units were needed')
  }
  const perVariant = design.weights.map((weight) => whole(wanted * weight))
  const units = perVariant.reduce((sum, one) => sum + one, 0)
  const meanOf = (size: number): number => Math.min(units, whole(Math.max(fixed * size, least)))
  const mean = { withEffect: meanOf(cost.meanWithEffect), without: meanOf(cost.meanWithout) }
  const longest = spanOf(request, units)
  const expected = spanOf(request, mean.withEffect)
  return {
    units,
    perVariant,
    fixed: whole(fixed),
    inflation: cost.inflation,
    mean,
    duration: longest && expected ? { ...longest, mean: expected } : null,
    looks: looksOf(cost, units),
    plannedUnits: reading.kind === 'sequential' ? plannedOf(design, fixed) : null,
  }
}

/** Up to the next whole number, forgiving what rounding left above one. */
const whole = (units: number): number => Math.ceil(units * (1 - 1e-12))

/** Units of all variants that give each arm of a sequence its minimum. */
const enough = (design: PowerDesign, difference: number): number => {
  const { kind, baseline = 0.5 } = design.request
  const arm = (weight: number, share: number): number => {
    const rarer = kind === 'conversion' ? Math.min(share, 1 - share) : 1
    return Math.max(minimum.units, rarer > 0 ? minimum.events / rarer : 0) / weight
  }
  return Math.max(arm(design.weights[0] ?? 1, baseline), arm(leastWeight(design), baseline + difference))
}

/** A sequence whose tuning is told, as a multiple of a size of the experiment. */
const tunedReading = (design: PowerDesign, size: number): Reading => {
  const { reading, request } = design
  if (reading.kind !== 'sequential' || request.plannedUnits === undefined) return reading
  const tunedAt = request.plannedUnits / (size * pairWeight(design))
  if (!(tunedAt >= 1 / farthest && tunedAt <= farthest)) {
    refuse('plannedUnits', `must lie within ${farthest} times what is needed or told; without them they are chosen`)
  }
  return { kind: 'sequential', tunedAt }
}

/** The engine's own choice: the pair's size of the fixed test with 80 % power. */
const plannedOf = (design: PowerDesign, fixed: number): number => {
  if (design.request.plannedUnits !== undefined) return design.request.plannedUnits
  const usual = designOf({ ...design.request, power: 0.8 })
  return Math.max(minimum.units, whole(fixed * (usual.reach / design.reach) ** 2 * pairWeight(design)))
}

const looksOf = ({ schedule, stopped }: Cost, units: number): NonNullable<PowerPlan['sample']>['looks'] =>
  schedule?.looks.map(({ information, boundary }, index) => ({
    share: information,
    units: whole(information * units),
    // equally spaced looks up to the whole always have something to spend
    boundary: boundary ?? Infinity,
    stopped: stopped[index] ?? 0,
  })) ?? null

/** How long so many units take, with the window of the last one; null without traffic. */
const spanOf = ({ unitsPerDay, coverage, window }: PowerRequest, units: number): Span | null => {
  if (unitsPerDay === undefined) return null
  const days = units / (unitsPerDay * coverage) + requireDurationMs(window) / dayMs
  const hours = Math.max(1, Math.ceil(days * 24 - 1e-9))
  const [whole, rest] = [Math.floor(hours / 24), hours % 24]
  return { days, iso: `P${whole > 0 ? `${whole}D` : ''}${rest > 0 ? `T${rest}H` : ''}` }
}

/** What the units at hand find, and how likely the effect told. */
const found = (design: PowerDesign, difference: number | null): PowerPlan['detectable'] => {
  const { request, aim, weights } = design
  const units = unitsOf(request)
  const tuned = tunedReading(design, units)
  const smallest = units >= 4 ? detectable(design, units, reachOf(design, tuned)) : null
  const zEffect = difference === null ? null
    : distanceOf(request, difference) * Math.sqrt(units / scaledVariance(design, difference))
  return {
    units,
    perVariant: weights.map((weight) => Math.floor(units * weight + 1e-9)),
    duration: spanOf(request, units),
    effect: smallest === null ? null : effectOf(request, smallest),
    chance: zEffect === null || !Number.isFinite(zEffect) ? null : powerOf(tuned, aim, Math.min(zEffect, 1e3)),
  }
}

/** Mean that the z statistic needs at the end for the wanted power. */
const reachOf = ({ aim, request, reach }: PowerDesign, reading: Reading): number => {
  if (reading.kind !== 'sequential' || reading.tunedAt === undefined) {
    return reach * Math.sqrt(costOf(reading, aim, request.power).inflation)
  }
  return effectFor((zEffect) => powerOf(reading, aim, zEffect), request.power, 1.3 * reach, reach / 1_000)
}

const unitsOf = ({ units, duration, unitsPerDay = 0, coverage, window }: PowerRequest): number => {
  if (units !== undefined || duration === undefined) return units ?? 0
  const days = (requireDurationMs(duration) - requireDurationMs(window)) / dayMs
  const brought = Math.floor(days * unitsPerDay * coverage)
  if (brought < 4) refuse('duration', 'brings fewer than 4 units whose outcomes are complete')
  return brought
}
