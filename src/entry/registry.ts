import type { Config } from '../config.ts'
import type { ControlPlane, Log } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { readRegistered } from '../registry/import.ts'
import { lookAtRegistry } from '../registry/look.ts'
import { createMlflow } from '../registry/mlflow.ts'
import { createRegistryRunner, type RegistryRunner } from '../registry/runner.ts'
import { createModels } from '../store/control/models.ts'
import { createRegistryStore, resolveRegistry } from '../store/control/registry.ts'
import { createVersions } from '../store/control/versions.ts'
import type { Pool } from '../store/pool.ts'

/** Versions that are registered elsewhere: taken over, and told who is champion. */
export const createRegistry = (pool: Pool, { mlflow: access }: Pick<Config, 'mlflow'>): ControlPlane['registry'] => {
  const [models, versions] = [createModels(pool), createVersions(pool)]
  return {
    async import(key, asked) {
      const { registry } = await models.get(key)
      if (!registry) throw new ServiceError('conflict', `"${key}" is linked to no registry; give it \`registry: {mlflow: NAME}\` first`)
      if (!access) throw new ServiceError('conflict', 'this service knows no registry: MLFLOW_TRACKING_URI is not set')
      const version = await readRegistered(createMlflow(access), registry.mlflow, asked)
      try {
        return await versions.create(key, version)
      } catch (error) {
        if (error instanceof ServiceError && error.code === 'already_exists') return versions.get(key, version.version)
        throw error
      }
    },
    async resolve(key, resolution, actor) {
      await resolveRegistry(pool, key, resolution, actor)
      return models.get(key)
    },
  }
}

type Options = { pool: Pool; config: Pick<Config, 'mlflow'>; leading: () => boolean; log: Log; everyMs?: number }

/** One look at the registry, for where nothing runs on between events; null where none is configured. */
export const createRegistryLook = (pool: Pool, { mlflow: access }: Pick<Config, 'mlflow'>, log: Log): ((signal: AbortSignal) => Promise<unknown>) | null => {
  if (!access) return null
  const [store, mlflow] = [createRegistryStore(pool), createMlflow(access)]
  return (signal) => lookAtRegistry({ store, mlflow, log }, signal)
}

/** Keeps registries in line; null where none is configured. */
export const createRegistrySync = ({ pool, config, ...options }: Options): RegistryRunner | null =>
  config.mlflow && createRegistryRunner({ ...options, store: createRegistryStore(pool), mlflow: createMlflow(config.mlflow) })
