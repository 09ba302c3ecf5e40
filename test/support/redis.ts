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

/** A real redis-server on a free loopback port that keeps nothing. */
export const startRedis = async (flags: string[] = []): Promise<Redis> => {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'contender-redis-'))
  let child: ChildProcess

  const start = async (): Promise<void> => {
    mkdirSync(directory, { recursive: true })
    child = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout! })
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => line.includes('Ready to accept connections') && resolve())
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
    })
  }
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  process.once('exit', () => child.kill('SIGKILL'))
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await end()
      rmSync(directory, { recursive: true, force: true })
    },
    async restart() {
      await end()
      await start()
    },
  }
}

const run = promisify(execFile)

/** Whether the node sees its cluster whole, within 10 s. */
const formed = async (port: number): Promise<boolean> => {
  const deadline = performance.now() + 10_000
  while (performance.now() < deadline) {
    const { stdout } = await run('redis-cli', ['-p', String(port), 'cluster', 'info'])
    if (stdout.includes('cluster_state:ok')) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

/** Three masters that share the slots; `url` lists them all. */
export const startRedisCluster = async (): Promise<{ url: string; nodes: Redis[]; stop(): Promise<void> }> => {
  const flags = ['--cluster-enabled', 'yes', '--cluster-port']
  const nodes = await Promise.all([0, 1, 2].map(async () => startRedis([...flags, String(await freePort())])))
  const addresses = nodes.map((node) => `127.0.0.1:${node.port}`)
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes'])
  const ready = await Promise.all(nodes.map((node) => formed(node.port)))
  if (ready.includes(false)) throw new Error('the Redis cluster did not form within 10 s')
  return {
    url: nodes.map((node) => node.url).join(','),
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}
