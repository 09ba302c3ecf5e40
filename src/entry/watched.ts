import type { Live } from '../deps.ts'
import type { Watched } from '../engine/breakers.ts'

/** The experiments with breakers that a node serves. */
export const watchedBy = (live: Pick<Live, 'current'>) => (): Watched[] =>
  [...(live.current()?.experiments.values() ?? [])].flatMap(({ id, key, breaker, variants }) =>
    breaker ? [{ id, key, variants: variants.length, stirring: variants.some(({ status }) => status === 'quarantined') }] : [],
  )
