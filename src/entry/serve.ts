import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { ErrorCode } from '../errors.ts'
import { ServiceError } from '../errors.ts'
import { problemOf, problemResponse } from '../http/problem.ts'
import type { HotCall } from '../http/register.ts'
import { answerHot } from './hot.ts'

/** Milliseconds. A reverse proxy must close idle connections before we do. */
const serverOptions = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 }
const MOST_CONNECTIONS = 2_000
/** How long requests under way may take once we stop. */
const PATIENCE_MS = 10_000

const refusals: Record<string, [ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'the headers are larger than 16 KB'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'the request did not arrive in time'],
}

/** An address that is none, as one with a backslash: the framework was not asked yet. */
const refuseAddress = (error: unknown): Response => {
  if (!(error instanceof RequestError)) throw error
  return problemResponse(new ServiceError('malformed_json', 'this is not HTTP as we read it'), { connection: 'close' })
}

/** What the parser refuses gets a problem document as well, and the connection ends. */
const refuse = (error: Error & { code?: string }, socket: Socket): void => {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [code, detail] = refusals[error.code ?? ''] ?? (['malformed_json', 'this is not HTTP as we read it'] as const)
  const problem = problemOf(new ServiceError(code, detail))
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(), // whatever else it sends, nobody reads it
  )
}

export type Listening = {
  port: number
  /** Answer what is under way, each connection's last answer saying so, and resolve when nobody is left. */
  drain(): Promise<void>
}

/**
 * Listen, with time limits for slow and silent peers. Rejects when the address is taken.
 *
 * @param hot POST calls by path that are answered before the framework
 */
export const listen = async (
  fetch: (request: Request, env: object) => Response | Promise<Response>,
  { host, port }: { host: string; port: number },
  hot: ReadonlyMap<string, HotCall> = new Map(),
): Promise<Listening> => {
  const server = createServer(serverOptions, getRequestListener(fetch, { hostname: host, errorHandler: refuseAddress }))
  server.maxConnections = MOST_CONNECTIONS
  server.on('clientError', refuse)
  answerHot(server, hot)
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  await listening
  server.off('error', reject)

  const lastAnswer = (_request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('connection', 'close')
  }

  return {
    port: (server.address() as AddressInfo).port,
    async drain() {
      server.prependListener('request', lastAnswer)
      const { promise: closed, resolve: done } = Promise.withResolvers<void>()
      server.close(() => done())
      const sweep = setInterval(() => server.closeIdleConnections(), 100)
      const impatience = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
      await closed
      clearInterval(sweep)
      clearTimeout(impatience)
    },
  }
}
