import { type ErrorCode, ServiceError, statusOf } from '../errors.ts'

/** RFC 9457, with a closed `code`. `type` leads to the list of codes on the page of the documentation. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  errors: readonly { path: string; message: string }[]
}

const titleOf = (code: ErrorCode): string => {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export const problemOf = (error: ServiceError): Problem => ({
  type: `/docs#${error.code}`,
  title: titleOf(error.code),
  status: statusOf[error.code],
  detail: error.message,
  code: error.code,
  errors: error.violations,
})

/** What the database layer throws when it does not serve; known by its shape, since HTTP knows no store. */
const isUnavailable = (error: unknown): error is Error & { mayHaveHappened: boolean; retryAfterSeconds: number } =>
  error instanceof Error && error.name === 'DatabaseUnavailable' && 'mayHaveHappened' in error && 'retryAfterSeconds' in error

/** PostgreSQL gave up waiting for a row that somebody else held (55P03): the transaction has left no trace. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && (('code' in error && error.code === '55P03') || isBusy(error.cause))

/** Any error as one that callers may see. What we did not foresee answers with a fixed text. */
export const toServiceError = (error: unknown): ServiceError => {
  if (error instanceof ServiceError) return error
  if (isUnavailable(error)) {
    const detail = error.mayHaveHappened
      ? 'the database did not answer in time; the write may have happened: send the same body again'
      : 'the database does not answer; send the same body again'
    return new ServiceError('unavailable', detail, { retryAfterSeconds: Math.max(1, Math.ceil(error.retryAfterSeconds)) })
  }
  if (isBusy(error)) return new ServiceError('unavailable', 'others are at work on the same; nothing was done: send the same body again', { retryAfterSeconds: 1 })
  return new ServiceError('internal', 'something went wrong on our side; it was logged')
}

/** The answer to an error. `extra` are further headers, as Allow. */
export const problemResponse = (error: ServiceError, extra: Record<string, string> = {}): Response => {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...extra }
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds)
  // what is left of the body is not read, so the connection can not be used again
  if (error.code === 'too_large') headers['connection'] = 'close'
  if (error.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer realm="contender"'
  return new Response(JSON.stringify(problemOf(error)), { status: error.status, headers })
}
