import type { CreateExperiment } from '../define/definitions.ts'

// What a simulated world tells nothing of.

/** The definition without what would wait there for ever, or has nothing to look at. */
export const simulable = ({ drift: _drift, signals: _signals, ...definition }: CreateExperiment): CreateExperiment => {
  const { drills: _drills, ...policy } = definition.policy
  return { ...definition, policy }
}

/** What the definition declares and no run looks at, a sentence each. */
export const leftOut = ({ drift = [], signals = [], requires = [], stages, metrics, policy }: CreateExperiment): string[] => [
  ...(drift.length > 0 ? [`Drift of ${drift.map(({ measure }) => measure).join(', ')} is not simulated: a shift, which holds, never comes here.`] : []),
  ...(signals.length > 0 ? ['Signals of other systems are not simulated: they are taken to be there, and well.'] : []),
  ...([requires, ...stages.map((stage) => stage.requires ?? [])].some((names) => names.length > 0) ? ['Checks that are required are taken to have passed.'] : []),
  ...(policy.drills ? ['Drills that the policy wants are taken to have passed.'] : []),
  ...(metrics.some(({ breaker }) => breaker) ? ['Breakers are not simulated: what fails all the time is out of service sooner than here.'] : []),
]
