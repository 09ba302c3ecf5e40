import type { Command } from 'commander'
import { type Api, createApi, Refused } from '../../client/api.ts'
import { closest } from '../../core/define/closest.ts'
import { Failure, exits } from './failure.ts'

export type Asking = { url: string; key?: string; json?: true }

/** Where the service is, unless somebody says otherwise. */
export const defaultUrl = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment['CONTENDER_URL'] || `http://127.0.0.1:${environment['PORT'] || 3_000}`

const keyOf = (environment: NodeJS.ProcessEnv): string | undefined => environment['CONTENDER_KEY'] || environment['ADMIN_KEY'] || undefined

/** Options of the commands that ask a running service. */
export const asking = (command: Command): Command =>
  command
    .option('--url <url>', 'where the service is; also CONTENDER_URL', defaultUrl())
    .option('--key <key>', 'an API key, where the service asks for one; also CONTENDER_KEY')
    .option('--json', 'the answer of the API, as JSON')

/** Calls to the service; it is given up sooner than by programs that wait for it. */
export const remote = ({ url, key }: Pick<Asking, 'url' | 'key'>): Api => {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Failure('expected an address that begins with http:// or https://', { where: `--url ${url}`, exit: exits.usage })
  }
  const own = key ?? keyOf(process.env)
  return createApi(url, own, { retries: 1 })
}

type Keys = { items: { key: string }[] }

/** Ask of an experiment; where there is none of this name, name the one that was probably meant. */
export const ofExperiment = async <T>(api: Api, key: string, ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask()
  } catch (error) {
    const unknown = error instanceof Refused && (error.code === 'experiment_not_found' || error.code === 'invalid_path')
    if (!unknown) throw error
    const { items } = await api<Keys>('GET', '/api/experiments?limit=500').catch((): Keys => ({ items: [] }))
    const keys = items.map((one) => one.key)
    const near = closest(key, keys)
    const there = keys.length === 0 ? 'no experiment exists yet; contender demo shows one' : `there are ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ' …' : ''}`
    throw new Failure(`there is no experiment "${key}"`, { where: error.call, fix: near === null ? there : `did you mean ${near}?`, cause: error })
  }
}

/** A path of the API with its key made safe. */
export const experimentPath = (key: string, rest = ''): string => `/api/experiments/${encodeURIComponent(key)}${rest}`
