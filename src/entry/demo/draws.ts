/** 1 with probability `share`, else 0. */
export const bernoulli = (share: number, random: () => number): number => (random() < share ? 1 : 0)

/** An exponential draw with this mean. */
export const exponential = (mean: number, random: () => number): number => -Math.log(1 - random()) * mean
