import { seededRandom } from '../../stats/random.ts'
import { ensure } from '../../src/client/api.ts'
import { type Arrival, inWorld, type World } from '../acceptance/world.ts'
import { keyOf } from './define.ts'
import type { Logged } from './rows.ts'

export type BanditReplay = {
  measure: string
  /** Draws of the split and of the order, one after the other. */
  salts: number
  /** How often every unit of the file comes. */
  visits: number
  /** Visits between two looks of the engine. */
  batch: number
  algorithm: string
  onProgress(done: number, total: number): void
}

export type ArmResult = { key: string; truth: number; share: number; estimate: number | null; lower: number | null; upper: number | null; covers: boolean }
/** One salt: what every arm got, and the mean loss a visit against the best arm. */
export type SaltResult = { salt: number; arms: ArmResult[]; bestShare: number; regret: number }
export type BanditReplayed = {
  best: string
  /** Mean loss a visit against the best arm, had the split stayed even. */
  uniformRegret: number
  salts: SaltResult[]
}

type Truth = { key: string; mean: number }

/** Mean of every variant over all rows of the file: what a bandit should find. */
const truthsOf = (logged: Logged, measure: string): Truth[] =>
  logged.variants.map((variant) => {
    const values = [...logged.units.values()].flatMap((rows) => rows.get(variant)?.[measure] ?? [])
    return { key: keyOf(variant), mean: values.reduce((sum, value) => sum + value, 0) / values.length }
  })

const shuffled = <T>(list: readonly T[], uniform: () => number): T[] => {
  const mixed = [...list]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(uniform() * (at + 1))
    ;[mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T]
  }
  return mixed
}

const define = async ({ api }: World, truths: readonly Truth[], key: string, salt: number, { measure, algorithm }: BanditReplay, shares: boolean): Promise<void> => {
  await ensure(api, '/api/metrics', { key: 'reward', kind: 'mean', measure, direction: 'increase', ...(shares && { min: 0, max: 1 }) })
  await api('POST', '/api/models', { key })
  for (const [index] of truths.entries()) await api('POST', `/api/models/${key}/versions`, { version: String(index + 1) })
  await api('POST', '/api/experiments', {
    key, model: key, unguarded: true, salt: `salt-${salt}`,
    variants: truths.map((truth, index) => ({ key: truth.key, version: String(index + 1), ...(index === 0 && { control: true }) })),
    metrics: [{ metric: 'reward', role: 'decision' }],
    stages: [{ allocation: 'bandit', algorithm, interval: 'PT10M' }],
    policy: { maxDuration: 'P3D', autoPromote: false, autoKill: false },
  })
  await api('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'replay' })
}

type Report = { variants: { key: string; metrics: Record<string, { estimate: number | null; lower: number | null; upper: number | null }> }[] }

/**
 * Let a bandit serve the units of a file, each several times in random order, and look up what the variant that it got
 * did there. All salts run side by side through one service in memory, whose clock moves ten minutes from look to look.
 */
export const replayBandit = async (logged: Logged, options: BanditReplay): Promise<BanditReplayed> =>
  inWorld(async (world) => {
    const { measure, visits, batch } = options
    const truths = truthsOf(logged, measure)
    const means = new Map(truths.map(({ key, mean }) => [key, mean]))
    const [best = { key: '', mean: 0 }] = truths.toSorted((a, b) => b.mean - a.mean)
    const rows = new Map([...logged.units].map(([unit, of]) => [unit, new Map([...of].map(([variant, row]) => [keyOf(variant), row[measure] ?? Number.NaN]))]))
    const all = [...rows.values()].flatMap((of) => [...of.values()])
    const shares = all.every((value) => value >= 0 && value <= 1)
    const runs = Array.from({ length: options.salts }, (_, salt) => {
      const { uniform } = seededRandom(salt + 1)
      const coming = [...rows.keys()].flatMap((unit) => Array.from({ length: visits }, (_none, visit) => ({ unit, visit })))
      return { salt, key: `replay-${salt}`, order: shuffled(coming, uniform), served: new Map<string, number>() }
    })
    for (const { key, salt } of runs) await define(world, truths, key, salt, options, shares)

    const each = rows.size * visits
    for (let from = 0; from < each; from += batch) {
      const arrivals = runs.flatMap(({ key, order }) =>
        order.slice(from, from + batch).map(({ unit, visit }): Arrival => ({
          experiment: key, unit: `${unit}#${visit}`,
          outcome: (variant) => {
            const value = rows.get(unit)?.get(variant)
            return value === undefined ? null : { [measure]: value }
          },
        })),
      )
      const variants = await world.serve(arrivals)
      const served = new Map(runs.map((run) => [run.key, run.served]))
      variants.forEach((variant, index) => {
        const counts = served.get(arrivals[index]?.experiment ?? '')
        if (variant !== null) counts?.set(variant, (counts.get(variant) ?? 0) + 1)
      })
      await world.advance(600_000)
      await world.tick()
      options.onProgress(Math.min(each, from + batch) * runs.length, each * runs.length)
    }

    const salts = await Promise.all(
      runs.map(async ({ salt, key, served }): Promise<SaltResult> => {
        const report = await world.api<Report>('GET', `/api/experiments/${key}/report`)
        const arms = report.variants.map((variant): ArmResult => {
          const truth = means.get(variant.key) ?? Number.NaN
          const { estimate = null, lower = null, upper = null } = variant.metrics['reward'] ?? {}
          const covers = (lower ?? -Infinity) <= truth && truth <= (upper ?? Infinity)
          return { key: variant.key, truth, share: (served.get(variant.key) ?? 0) / each, estimate, lower, upper, covers }
        })
        const regret = arms.reduce((sum, { truth, share }) => sum + share * (best.mean - truth), 0)
        return { salt, arms, bestShare: arms.find(({ key: own }) => own === best.key)?.share ?? 0, regret }
      }),
    )
    const uniformRegret = truths.reduce((sum, { mean }) => sum + (best.mean - mean) / truths.length, 0)
    return { best: best.key, uniformRegret, salts }
  })
