import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Config } from '../../config.ts'
import { connectOnce, nodesOf } from '../../counters/redis-client.ts'
import { connect } from '../../store/connect.ts'
import { expectedSchemaVersion, schemaVersion } from '../../store/migrate.ts'
import { placeOf } from './database.ts'
import { failureOf, reasonOf } from './failure.ts'

/** One thing that was looked at. `note`: not wrong, and worth knowing. A fix belongs to every ✗. */
export type Check = { name: string; result: 'ok' | 'note' | 'wrong'; text: string; fix?: string }

const ok = (name: string, text: string): Check => ({ name, result: 'ok', text })
const note = (name: string, text: string, fix?: string): Check => ({ name, result: 'note', text, ...(fix === undefined ? {} : { fix }) })
const wrong = (name: string, text: string, fix: string): Check => ({ name, result: 'wrong', text, fix })

/** Node 24 is what the sources need; the shim starts it where the system has an older one. */
export const nodeCheck = (version: string): Check =>
  Number(version.split('.')[0]) >= 24
    ? ok('node', `Node ${version}`)
    : wrong('node', `Node ${version}; 24 or newer is needed`, 'npm ci brings one: run npm scripts, or npx contender')

/** Seconds by which two clocks may differ: tokens are stamped by this one, everything else by the database's. */
const mostSkew = 5

/** How far this clock is from the database's, told in words. */
export const clockCheck = (ours: number, theirs: number): Check => {
  const seconds = (ours - theirs) / 1_000
  const text = `this clock and the database's differ by ${Math.abs(seconds).toFixed(1)} s`
  return Math.abs(seconds) <= mostSkew ? ok('clock', text) : wrong('clock', text, 'set the time of both machines by NTP')
}

/** What a failed look at the database means. */
const databaseTrouble = ({ databaseUrl, dataDir }: Config, error: unknown): Check => {
  const failure = failureOf(error)
  if (databaseUrl !== null) {
    return wrong('database', `DATABASE_URL does not answer (${placeOf(databaseUrl)}, ${reasonOf(error)})`,
      'start PostgreSQL, correct DATABASE_URL, or unset it to use the embedded database')
  }
  if (failure.message.includes('in use')) return note('database', `${resolve(dataDir)} is in use by another process`, failure.fix)
  return wrong('database', `${resolve(dataDir)} cannot be opened: ${failure.message}`, 'give another DATA_DIR, or restore a copy of this one')
}

/** Does the database answer, is it migrated, and what time does it have? */
export const databaseChecks = async (config: Config): Promise<Check[]> => {
  const { databaseUrl, dataDir } = config
  if (databaseUrl === null && (dataDir === 'memory:' || !existsSync(dataDir))) {
    return [ok('database', dataDir === 'memory:' ? 'embedded, in memory' : `embedded; ${resolve(dataDir)} is made at the first start`)]
  }
  try {
    const database = await connect({ databaseUrl: databaseUrl ?? undefined, dataDir })
    try {
      const [version, expected] = [await schemaVersion(database), await expectedSchemaVersion()]
      const before = Date.now()
      const theirs = await database.api.run(async (sql) => {
        const [row] = await sql<{ now: Date }[]>`select clock_timestamp() as now`
        return row?.now.getTime() ?? Number.NaN
      })
      const ours = (before + Date.now()) / 2
      const place = databaseUrl === null ? `embedded in ${resolve(dataDir)}` : `PostgreSQL at ${placeOf(databaseUrl)}`
      const migrated = version === expected
        ? ok('migrations', `at migration ${version}, which this version expects`)
        : version < expected
          ? wrong('migrations', `at migration ${version} of ${expected}`, 'contender migrate, or contender serve, which migrates')
          : wrong('migrations', `at migration ${version}, newer than this version knows (${expected})`, 'install the version that migrated it, or a newer one')
      return [ok('database', place), migrated, clockCheck(ours, theirs)]
    } finally {
      await database.close()
    }
  } catch (error) {
    return [databaseTrouble(config, error)]
  }
}

/** Does every node that REDIS_URL names answer? */
export const redisCheck = async ({ redisUrl }: Config): Promise<Check> => {
  if (redisUrl === null) return ok('redis', 'not used: each node counts for itself')
  const silent: string[] = []
  for (const node of nodesOf(redisUrl)) {
    const connection = connectOnce(node)
    let last: unknown
    connection.on('error', (error: unknown) => (last = error))
    try {
      await once(connection, 'ready', { signal: AbortSignal.timeout(2_000) })
      await connection.ping()
    } catch (error) {
      silent.push(`${new URL(node).host}, ${reasonOf(last ?? error)}`)
    } finally {
      connection.disconnect()
    }
  }
  if (silent.length === 0) return ok('redis', 'REDIS_URL answers')
  return wrong('redis', `REDIS_URL does not answer (${silent.join('; ')})`, 'start Redis, correct REDIS_URL, or unset it; until then nodes count for themselves')
}

const isFree = async (host: string, port: number): Promise<string | null> => {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    server.close()
  }
}

type Ready = { ready: boolean; checks: Record<string, string> }

/** Is the port free, or does our own service answer there? */
export const portCheck = async ({ host, port }: Config): Promise<Check[]> => {
  if (port === 0) return [ok('port', 'any free one')]
  const trouble = await isFree(host, port)
  const place = `${host}:${port}`
  if (trouble === null) return [ok('port', `${place} is free`)]
  if (trouble !== 'EADDRINUSE') return [wrong('port', `${place} cannot be listened on (${trouble})`, 'give another PORT or HOST')]
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  const answer = await fetch(`http://${address}:${port}/ready`, { signal: AbortSignal.timeout(2_000) }).then((response) => response.json() as Promise<Ready>).catch(() => null)
  if (answer === null || typeof answer.ready !== 'boolean') {
    return [wrong('port', `${place} is taken by another program`, `stop it, or start with another port: PORT=${port + 1} contender serve`)]
  }
  const away = Object.entries(answer.checks).filter(([, state]) => state !== 'ok').map(([part]) => part)
  const service = answer.ready
    ? away.length === 0 ? ok('service', 'ready') : note('service', `serves, but not everything answers: ${away.join(', ')}`)
    : wrong('service', 'answers, and is not ready', 'wait a moment; then read its log')
  return [ok('port', `Contender answers at ${place}`), service]
}
