import type { Live } from '../deps.ts'
import type { Watched } from '../engine/breakers.ts'
import type { Capped } from '../engine/throttle.ts'

/** The experiments with breakers that a node serves. */
export const watchedBy = (live: Pick<Live, 'current'>) => (): Watched[] =>
  [...(live.current()?.experiments.values() ?? [])].flatMap(({ id, key, breaker, variants }) => {
    if (!breaker) return []
    const arm = variants.findIndex(({ drawKey }) => drawKey !== undefined)
    const rest = arm < 0 ? null : { arm, to: variants.findIndex((one) => one.key === variants[arm]?.key) }
    return [{ id, key, variants: variants.length, stirring: variants.some(({ status }) => status === 'quarantined'), rest }]
  })

/** The experiments whose candidates may get only so many calls a second. */
export const cappedBy = (live: Pick<Live, 'current'>) => (): Capped[] =>
  [...(live.current()?.experiments.values() ?? [])].flatMap(({ id, key, epoch, cap, variants }) => {
    const candidates = variants.flatMap(({ control }, ordinal) => (control ? [] : [ordinal]))
    return cap ? [{ id, key, epoch, ...cap, candidates }] : []
  })
