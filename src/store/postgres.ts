import postgres from 'postgres'
import { clientOptions } from './client.ts'
import { createDialer, tlsModeOf } from './dial.ts'
import { endable, type Source } from './pool.ts'

/** Limits that the server itself enforces, milliseconds: a second line behind the deadlines of the calls. */
export const serverLimits = {
  statement_timeout: 5_000,
  lock_timeout: 1_000,
  idle_in_transaction_session_timeout: 5_000,
}

/**
 * Clients of a PostgreSQL server with at most `max` connections each.
 *
 * @throws {Error} when the address asks for an encryption that does not exist
 */
export const postgresSource = (url: string, name: string, max: number): Source => {
  const mode = tlsModeOf(url)
  const open: Source['open'] = (lost) => {
    const dialer = createDialer(mode, lost)
    const options = {
      ...clientOptions,
      max,
      socket: dialer.dial,
      ssl: false, // the dialer's task
      connect_timeout: 2,
      idle_timeout: 30,
      max_lifetime: 1_800,
      connection: { application_name: `contender-${name}`, TimeZone: 'UTC', ...serverLimits },
    }
    return endable(postgres(url, options), dialer)
  }
  return { open, probeMs: 500, graceMs: 5_000 }
}
