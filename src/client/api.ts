/** A call that the service refused, with its problem document in words. */
export class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(call: string, status: number, problem: { code?: string; detail?: string; errors?: { path: string; message: string }[] }) {
    const details = (problem.errors ?? []).map((error) => `\n  ${error.path}: ${error.message}`).join('')
    super(`${call} answered ${status} ${problem.code ?? ''}: ${problem.detail ?? 'no detail'}${details}`)
    this.status = status
    this.code = problem.code ?? 'unknown'
  }
}

export type Api = <T>(method: string, path: string, body?: unknown) => Promise<T>

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * JSON calls to a running service. What may be tried again (503, a lost connection) is tried again, with the
 * same body and a growing pause, for about half a minute: the service never counts a body twice.
 * @throws {Refused} when the service says no
 */
export const createApi = (base: string, key?: string): Api => {
  const attempt = async <T>(method: string, path: string, body: unknown, tries: number): Promise<T> => {
    const again = async (pauseMs: number): Promise<T> => {
      await wait(pauseMs)
      return attempt(method, path, body, tries + 1)
    }
    let response: Response
    try {
      response = await fetch(new URL(path, base), {
        method,
        headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    } catch (error) {
      if (tries < 6) return again(250 * 2 ** tries)
      throw new Error(`${base} does not answer; is the service running? (npm start)`, { cause: error })
    }
    if ((response.status === 503 || response.status === 429) && tries < 6) {
      await response.body?.cancel()
      return again(Math.max(Number(response.headers.get('retry-after') ?? 1) * 1_000, 250 * 2 ** tries))
    }
    const text = await response.text()
    const answer: unknown = text === '' ? null : JSON.parse(text)
    if (!response.ok) throw new Refused(`${method} ${path}`, response.status, (answer ?? {}) as object)
    return answer as T
  }
  return (method, path, body) => attempt(method, path, body, 0)
}

/** Create unless it is there already. */
export const ensure = async (api: Api, path: string, body: unknown): Promise<'created' | 'existed'> => {
  try {
    await api('POST', path, body)
    return 'created'
  } catch (error) {
    if (error instanceof Refused && error.code === 'already_exists') return 'existed'
    throw error
  }
}
