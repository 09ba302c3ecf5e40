import type { CreateVersion } from '../core/define/definitions.ts'
import { artifactOf, type ImportVersion } from '../core/models/registry.ts'
import { invalid, ServiceError } from '../errors.ts'
import { type Mlflow, RegistryRefused, type Registered, RegistryUnavailable } from './mlflow.ts'

/** What the registry does not say is no reason to fail: our own words for what went wrong, never the registry's. */
export const registryError = (error: unknown): unknown =>
  error instanceof RegistryUnavailable ? new ServiceError('unavailable', 'the registry does not answer; nothing was changed', { retryAfterSeconds: 5 }) : error

const find = async (mlflow: Mlflow, name: string, { version, alias }: ImportVersion): Promise<Registered> => {
  if (version === undefined) {
    const found = await mlflow.aliased(name, alias ?? '')
    if (!found) throw invalid('invalid_definition', 'alias', `the registered model "${name}" has no alias "${alias}"`)
    return found
  }
  try {
    return await mlflow.version(name, version)
  } catch (error) {
    if (error instanceof RegistryRefused) throw invalid('invalid_definition', 'version', `the registered model "${name}" has no version ${version}`)
    throw error
  }
}

/**
 * A version of the registry as one of ours: what it was made from, how well it did, where its artifact is.
 *
 * @throws {ServiceError} invalid_definition when it is not there, conflict when it is not READY, unavailable
 */
export const readRegistered = async (mlflow: Mlflow, name: string, asked: ImportVersion): Promise<CreateVersion> => {
  try {
    const found = await find(mlflow, name, asked)
    const { version, status, createdAt, owner, run: id } = found
    if (status !== 'READY') throw new ServiceError('conflict', `version ${version} of "${name}" is ${status} in the registry; only READY ones can serve`)
    const run = id === null ? null : await mlflow.run(id)
    return {
      version,
      artifact: artifactOf(name, version),
      trainedAt: createdAt.toISOString(),
      ...(asked.payload !== undefined && { payload: asked.payload }),
      ...(owner !== null && { owner }),
      ...(run && Object.keys(run.metrics).length > 0 && { evaluation: run.metrics }),
      ...(run && Object.keys(run.parameters).length > 0 && { parameters: run.parameters }),
      ...(run?.codeVersion && { codeVersion: run.codeVersion }),
      ...(run?.dataset && { dataset: run.dataset }),
    }
  } catch (error) {
    throw registryError(error)
  }
}
