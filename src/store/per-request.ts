import postgres from 'postgres'
import { clientOptions } from './client.ts'
import { createDialer, tlsModeOf } from './dial.ts'
import { endable } from './clients.ts'
import { createServer, type Pool } from './pool.ts'

/**
 * A database client for one request, where sockets belong to the request that opened them (Workers).
 * It makes one connection, and only when it is used; end it when the request is over:
 * `ctx.waitUntil(connection.close())`.
 *
 * @param url `postgres://…`, a Hyperdrive connection string for instance
 */
export const connectPerRequest = (url: string): { pool: Pool; close(): Promise<void> } => {
  const source = {
    probeMs: 500,
    graceMs: 0,
    open: (lost: (cause: unknown) => void) => {
      const options = {
        ...clientOptions,
        max: 1,
        connect_timeout: 2,
        connection: {
          application_name: 'contender-edge',
          TimeZone: 'UTC',
          statement_timeout: 5_000,
          lock_timeout: 1_200,
        },
      }
      // Workers encrypt a connection only through a socket of the driver's own, and always verify the certificate
      if (tlsModeOf(url) !== 'disable') return endable(postgres(url, options), { cut: () => {}, release: () => {} })
      const dialer = createDialer('disable', lost)
      const dialed = { ...options, socket: dialer.dial, ssl: false }
      return endable(postgres(url, dialed), dialer)
    },
  }
  const server = createServer(source, 'edge', () => {})
  return { pool: server.pool({ name: 'edge', deadlineMs: 1_800, maxPending: 100 }), close: server.close }
}
