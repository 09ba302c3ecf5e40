/** Experiments' hot counters are split over this many tags, so that a cluster spreads them. */
export const shards = 8

/** Redis keys. All keys that one script or pipeline step touches share the tag in braces, so one cluster slot. */
export const keys = {
  served: (experiment: number, shard: number): string => `{x${experiment}.${shard}}:served`,
  slot: (experiment: number, slot: number): string => `{x${experiment}}:breaker:${slot}`,
  firstTouch: (experiment: number, unit: string): string => `{u${unit}}:${experiment}`,
  rate: (key: string): string => `{r${key}}`,
  publication: 'contender:snapshot',
}
