import type { Log } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { problemResponse } from '../../http/problem.ts'

/** Milliseconds until the caller is told to come back, by path: what a Node origin takes, and the way there. */
const forwarded: ReadonlyMap<string, number> = new Map([
  ['/outcome', 1_900],
  ['/outcome/batch', 10_000],
])

/** Milliseconds that this request may take elsewhere; null when it is answered here. */
export const forwardingOf = ({ method, url }: Request): number | null =>
  method === 'POST' ? (forwarded.get(new URL(url).pathname) ?? null) : null

const unavailable = (): Response => {
  const detail = 'the origin did not answer in time; the write may have happened: send the same body again'
  return problemResponse(new ServiceError('unavailable', detail, { retryAfterSeconds: 1 }))
}

/** Hand a request over as it is, keys included, and answer what the origin answers. */
export const forward = async (request: Request, origin: string, withinMs: number, log: Log): Promise<Response> => {
  const { pathname, search } = new URL(request.url)
  try {
    const target = new Request(new URL(pathname + search, origin), request)
    return await fetch(target, { signal: AbortSignal.timeout(withinMs), redirect: 'manual' })
  } catch (error) {
    log.warn({ err: error }, 'the origin of outcomes did not answer')
    return unavailable()
  }
}
