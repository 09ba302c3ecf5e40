import postgres from 'postgres'
import { clientOptions } from './client.ts'
import { createDialer, tlsModeOf } from './dial.ts'
import { endable, type Source } from './clients.ts'

/**
 * Limits that the server itself enforces, milliseconds: a second line behind the deadlines of the calls. A lock is
 * awaited longer than PostgreSQL takes to find a deadlock (1 s), which is better told as one: it is tried again at once.
 */
export const serverLimits = {
  statement_timeout: 5_000,
  lock_timeout: 1_200,
  idle_in_transaction_session_timeout: 5_000,
}

/**
 * Clients of a PostgreSQL server with at most `max` connections each.
 *
 * @param kept all connections are opened at once and kept, so that transactions can be sent whole. Not on one that
 *   postgres.js opens to reserve it: 3.4 never gives that out when it need not ask for types
 * @throws {Error} when the address asks for an encryption that does not exist
 */
export const postgresSource = (url: string, name: string, max: number, kept = false): Source => {
  const mode = tlsModeOf(url)
  const open: Source['open'] = (lost) => {
    const dialer = createDialer(mode, lost)
    const options = {
      ...clientOptions,
      max,
      socket: dialer.dial,
      ssl: false, // the dialer's task
      connect_timeout: 2,
      idle_timeout: kept ? 0 : 30,
      max_lifetime: kept ? null : 1_800,
      connection: { application_name: `contender-${name}`, TimeZone: 'UTC', ...serverLimits },
    }
    if (!kept) return endable(postgres(url, options), dialer)
    let intact = true
    const opened = endable(postgres(url, { ...options, onclose: () => void (intact = false) }), dialer)
    const connected = Promise.all(Array.from({ length: max }, () => opened.sql.unsafe('select 1')))
    connected.catch(() => {}) // whoever waits for it is told
    return { ...opened, whole: () => connected.then(() => intact) }
  }
  return { open, probeMs: 500, graceMs: 5_000 }
}
