/** A version as the registry has it. */
export type Registered = {
  version: string
  /** Only READY ones may serve. */
  status: string
  createdAt: Date
  owner: string | null
  run: string | null
}
/** What was noted of the run that a version came from. */
export type RegisteredRun = { metrics: Record<string, number>; parameters: Record<string, string>; codeVersion: string | null; dataset: string | null }

/** The registry said no: it has no such thing, or does not like the call. */
export class RegistryRefused extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'RegistryRefused'
    this.code = code
  }
}

/** The registry does not answer, or not as MLflow does. It may have done what it was asked. */
export class RegistryUnavailable extends Error {
  override name = 'RegistryUnavailable'
}

export type Mlflow = {
  /** @throws {RegistryRefused} when there is no such version */
  version(name: string, version: string): Promise<Registered>
  /** Null when there is no such alias. */
  aliased(name: string, alias: string): Promise<Registered | null>
  setAlias(name: string, alias: string, version: string): Promise<void>
  setTag(name: string, version: string, key: string, value: string): Promise<void>
  run(id: string): Promise<RegisteredRun>
}

export type MlflowAccess = { url: string; token: string | null; basic: { username: string; password: string } | null }

/** Milliseconds until a call is given up, and bytes that an answer may have. */
const PATIENCE_MS = 5_000
const MOST = 4_000_000

type Wire = {
  model_version?: { version?: string; status?: string; creation_timestamp?: number | string; user_id?: string; run_id?: string }
  run?: {
    data?: { metrics?: { key: string; value: number }[]; params?: { key: string; value: string }[]; tags?: { key: string; value: string }[] }
    inputs?: { dataset_inputs?: { dataset?: { name?: string; digest?: string } }[] }
  }
  error_code?: string
  message?: string
}

const registered = ({ model_version: found }: Wire): Registered => {
  if (!found?.version) throw new RegistryUnavailable('the registry answered without a version')
  return {
    version: found.version,
    status: found.status ?? 'READY',
    createdAt: new Date(Number(found.creation_timestamp ?? 0)),
    owner: found.user_id ? found.user_id : null,
    run: found.run_id ? found.run_id : null,
  }
}

const runOf = ({ run }: Wire): RegisteredRun => {
  const { metrics = [], params = [], tags = [] } = run?.data ?? {}
  const dataset = run?.inputs?.dataset_inputs?.[0]?.dataset
  return {
    metrics: Object.fromEntries(metrics.filter(({ value }) => Number.isFinite(value)).map(({ key, value }) => [key, value])),
    parameters: Object.fromEntries(params.map(({ key, value }) => [key, value])),
    codeVersion: tags.find(({ key }) => key === 'mlflow.source.git.commit')?.value ?? null,
    dataset: dataset?.name ? `${dataset.name}${dataset.digest ? ` (${dataset.digest})` : ''}` : null,
  }
}

/** Codes by which MLflow says that something is not there; for a missing alias versions differ in which one. */
const absent = new Set(['RESOURCE_DOES_NOT_EXIST', 'INVALID_PARAMETER_VALUE'])

/**
 * The calls of MLflow's model registry that we make, as its REST API documents them (version 2.0).
 * @throws {RegistryUnavailable} by every call that gets no answer within five seconds, or a failure of the server
 */
export const createMlflow = ({ url, token, basic }: MlflowAccess): Mlflow => {
  const credentials = basic && Buffer.from(`${basic.username}:${basic.password}`).toString('base64')
  const authorization = token === null ? (credentials === null ? {} : { authorization: `Basic ${credentials}` }) : { authorization: `Bearer ${token}` }

  const call = async (method: 'GET' | 'POST', path: string, fields: Record<string, string>): Promise<Wire> => {
    const address = new URL(`${url.replace(/\/+$/, '')}/api/2.0/mlflow/${path}`)
    if (method === 'GET') for (const [name, value] of Object.entries(fields)) address.searchParams.set(name, value)
    let status: number
    let answer: Wire
    try {
      const response = await fetch(address, {
        // redirects are not followed; workerd knows no `error`
        method, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS),
        headers: { ...authorization, 'content-type': 'application/json' },
        ...(method === 'POST' && { body: JSON.stringify(fields) }),
      })
      status = response.status
      const text = await response.text()
      if (text.length > MOST) throw new Error('the answer is too long')
      answer = (text === '' ? {} : JSON.parse(text)) as Wire
    } catch (error) {
      throw new RegistryUnavailable(`${method} ${path} got no answer`, { cause: error })
    }
    if (status >= 200 && status < 300) return answer
    if (status < 400 || status >= 500 || status === 429 || answer.error_code === undefined) throw new RegistryUnavailable(`${method} ${path} answered ${status}`)
    throw new RegistryRefused(answer.error_code, answer.message ?? `${method} ${path} answered ${status}`)
  }

  return {
    version: async (name, version) => registered(await call('GET', 'model-versions/get', { name, version })),
    aliased: async (name, alias) => {
      try {
        return registered(await call('GET', 'registered-models/alias', { name, alias }))
      } catch (error) {
        if (error instanceof RegistryRefused && absent.has(error.code)) return null
        throw error
      }
    },
    setAlias: async (name, alias, version) => void (await call('POST', 'registered-models/alias', { name, alias, version })),
    setTag: async (name, version, key, value) => void (await call('POST', 'model-versions/set-tag', { name, version, key, value })),
    run: async (id) => runOf(await call('GET', 'runs/get', { run_id: id })),
  }
}
