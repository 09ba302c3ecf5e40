/**
 * The database did not answer in time, cannot be reached, or has too many callers waiting.
 * `mayHaveHappened` is false only where the work certainly left no trace: it was never started, or its
 * transaction cannot commit any more. Otherwise the same statement must be safe to send again.
 */
export class DatabaseUnavailable extends Error {
  readonly retryAfterSeconds: number
  readonly mayHaveHappened: boolean

  constructor(message: string, options: { mayHaveHappened: boolean; retryAfterSeconds?: number; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'DatabaseUnavailable'
    this.mayHaveHappened = options.mayHaveHappened
    this.retryAfterSeconds = options.retryAfterSeconds ?? 1
  }
}

/** What the operating system and postgres.js say when the other end is not there. */
const connectionCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ETIMEDOUT',
])

/**
 * SQLSTATEs of a server that is there and does not serve: shut down by an administrator, crashed,
 * starting up, its database closed or dropped, connections used up.
 */
const serverCodes = new Set(['57P01', '57P02', '57P03', '57P04', '53300'])

/**
 * The `code` of an error: an SQLSTATE, or what the operating system says. Looked for in the error, in its
 * causes (drizzle wraps the driver's errors) and in the first of several attempts to connect.
 */
export const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error instanceof AggregateError ? error.errors[0] : error.cause)
}

/** Workers give the errors of their sockets no code. */
const socketMessage = /^(proxy request failed|network connection lost|stream was cancel|the request was cancel)/i

/** Is this the failure of a connection or server, rather than the database's answer to a statement? */
export const isConnectionFailure = (error: unknown): boolean => {
  const code = codeOf(error)
  if (code === undefined) return error instanceof Error && socketMessage.test(error.message)
  return connectionCodes.has(code) || serverCodes.has(code) || code.startsWith('08')
}
