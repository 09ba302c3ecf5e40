import type { RegistryStore } from '../core/models/registry.ts'
import type { Log } from '../deps.ts'
import type { Mlflow } from './mlflow.ts'
import { awayWords, reconcile } from './reconcile.ts'

/**
 * Bring the registry in line with every model that is linked to it, one after the other, until the signal aborts.
 *
 * @returns whether it answered
 */
export const lookAtRegistry = async (
  { store, mlflow, log }: { store: RegistryStore; mlflow: Mlflow; log: Log }, signal: AbortSignal,
): Promise<boolean> => {
  let answered = true
  for (const model of await store.linked()) {
    if (signal.aborted) break
    const sync = await reconcile(mlflow, model)
    if (sync.status === 'drift' && model.sync?.status !== 'drift') log.warn({ model: model.name, observed: sync.observed }, 'somebody moved the champion in the registry')
    await store.keep(model, sync)
    answered &&= sync.error !== awayWords
  }
  return answered
}
