/** Reference cases of methods that are not part of the library, each with why; a case that fits one is not run. */
export const notShipped: readonly (readonly [method: RegExp, why: string])[] = [
  [/^Monte Carlo 95% coverage/, 'simulated coverage; stats/adaptive and stats/simulate have tests of their own'],
  [/^Monte Carlo pseudo-regret/, 'simulated regret, reproduced only up to chance'],
  [/^single published run, Thompson/, 'one random run'],
  [/^epsilon-best-arm optimal proportions/, 'track-and-stop needs a cone solver; top-two finds the best arm'],
  [/CUSUM zero-state ARL/, 'the e-detector does this job without assuming normal values'],
  [/^Page-Hinkley/, 'its false alarms depend on thresholds set by hand'],
  [/^ADWIN/, 'has no bound on its false alarms under dependence'],
]

export const isShipped = (method: string): boolean => !notShipped.some(([name]) => name.test(method))
