import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from '../../load/support/servers.ts'

const program = process.env['REDIS_SERVER'] ?? 'redis-server'

export type Redis = {
  url: string
  port: number
  /** It keeps its connections and answers nothing. */
  pause(): void
  resume(): void
  /** End it for good, or until `restart`. */
  stop(): Promise<void>
  /** End it if need be and start another on the same port, which remembers nothing but a cluster's nodes. */
  restart(): Promise<void>
}

const run = promisify(execFile)

/** Starts the program; rejects when it ends before it accepts connections. */
const launch = async (flags: string[]): Promise<ChildProcess> => {
  const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => line.includes('Ready to accept connections') && resolve())
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
  })
  return child
}

/** A port that is free now may be taken a moment later: up to five attempts, with other ports each time. */
const onFreePort = async (
  flagsOf: (port: number) => Promise<string[]>,
  attempts = 5,
): Promise<{ port: number; flags: string[]; child: ChildProcess }> => {
  const port = await freePort()
  const flags = await flagsOf(port)
  try {
    return { port, flags, child: await launch(flags) }
  } catch (error) {
    if (attempts <= 1) throw error
    return onFreePort(flagsOf, attempts - 1)
  }
}

/** A real redis-server on a free loopback port that keeps nothing. */
export const startRedis = async (options: { cluster?: boolean } = {}): Promise<Redis> => {
  const directory = mkdtempSync(join(tmpdir(), 'contender-redis-'))
  const keepsNothing = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory]
  const started = await onFreePort(async (port) => {
    const flags = ['--port', String(port), ...keepsNothing]
    return options.cluster ? [...flags, '--cluster-enabled', 'yes', '--cluster-port', String(await freePort())] : flags
  })
  let { child } = started
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  process.once('exit', () => child.kill('SIGKILL'))
  return {
    url: `redis://127.0.0.1:${started.port}`,
    port: started.port,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await end()
      rmSync(directory, { recursive: true, force: true })
    },
    async restart() {
      await end()
      mkdirSync(directory, { recursive: true })
      child = await launch(started.flags)
    },
  }
}

/** Whether the node sees its cluster whole, within a minute. */
const formed = async (node: Redis): Promise<boolean> => {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    const { stdout } = await run('redis-cli', ['-p', String(node.port), 'cluster', 'info'])
    if (stdout.includes('cluster_state:ok')) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

/** Three masters that share the slots; `url` lists them all. */
export const startRedisCluster = async (): Promise<{ url: string; nodes: Redis[]; stop(): Promise<void> }> => {
  const nodes: Redis[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  try {
    for (let count = 0; count < 3; count++) nodes.push(await startRedis({ cluster: true }))
    const addresses = nodes.map((node) => `127.0.0.1:${node.port}`)
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes'])
    if ((await Promise.all(nodes.map(formed))).includes(false)) throw new Error('no Redis cluster after 10 s')
  } catch (error) {
    await stop()
    throw error
  }
  return { url: nodes.map((node) => node.url).join(','), nodes, stop }
}
