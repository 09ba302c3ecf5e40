import { championAlias, type LinkedModel, previousAlias, registeredVersion, type RegistrySync, stepOf } from '../core/models/registry.ts'
import { type Mlflow, RegistryRefused, RegistryUnavailable } from './mlflow.ts'

/** Why something is pending while there is no registry to ask. */
export const awayWords = 'the registry does not answer'

type State = Omit<RegistrySync, 'at'>

/**
 * Bring the registry in line with one model: read, write where nobody else has, read again. Our database decides what is
 * served; whatever goes wrong here changes nothing of that, and is tried again later.
 */
export const reconcile = async (mlflow: Mlflow, { name, sync, champion, experiment, decision }: LinkedModel): Promise<State> => {
  const before = { written: sync?.written ?? null, observed: sync?.observed ?? null }
  const pending = (error: string): State => ({ ...before, status: sync?.status === 'drift' ? 'drift' : 'pending', error })
  if (!champion) return pending('the model has no champion yet')
  const ours = registeredVersion(champion.record, name)
  if (ours === null) return pending(`version "${champion.version}" did not come from the registry`)
  try {
    const observed = (await mlflow.aliased(name, championAlias))?.version ?? null
    const step = stepOf({ ours, written: before.written, observed })
    if (step.does === 'nothing') return { status: 'synced', written: ours, observed: ours, error: null }
    if (step.does === 'drift') return { status: 'drift', written: before.written, observed, error: null }
    await mlflow.setAlias(name, championAlias, step.version)
    if (step.previous !== null) await mlflow.setAlias(name, previousAlias, step.previous)
    if (experiment !== null) await mlflow.setTag(name, step.version, 'experiment', experiment)
    if (decision !== null) await mlflow.setTag(name, step.version, 'decision', String(decision))
    const after = (await mlflow.aliased(name, championAlias))?.version ?? null
    return after === ours ? { status: 'synced', written: ours, observed: ours, error: null } : { status: 'drift', written: ours, observed: after, error: null }
  } catch (error) {
    if (error instanceof RegistryUnavailable) return pending(awayWords)
    if (error instanceof RegistryRefused) return pending(`the registry refused: ${error.code}`)
    throw error
  }
}
