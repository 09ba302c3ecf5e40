import type { CompiledExperiment } from '../../assign/compile.ts'
import type { Deps } from '../../deps.ts'

/** Clients that evaluate locally may be this many epochs behind. */
const REMEMBERED = 12

export type Epochs = {
  at(experiment: string, epoch: number): CompiledExperiment | 'unknown experiment' | 'unknown epoch'
}

/** Remembers the last epochs of each experiment as they came into force here. */
export const rememberEpochs = (live: Deps['live']): Epochs => {
  const known = new Map<string, Map<number, CompiledExperiment>>()
  const remember = (): void => {
    for (const experiment of live.current()?.experiments.values() ?? []) {
      let epochs = known.get(experiment.key)
      if (!epochs) known.set(experiment.key, (epochs = new Map()))
      epochs.set(experiment.epoch, experiment)
      if (epochs.size > REMEMBERED) epochs.delete(epochs.keys().next().value!)
    }
  }
  remember()
  live.subscribe(remember)
  return {
    at: (experiment, epoch) => {
      const epochs = known.get(experiment)
      return epochs ? (epochs.get(epoch) ?? 'unknown epoch') : 'unknown experiment'
    },
  }
}
