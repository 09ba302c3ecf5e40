import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/**
 * A loopback port that nobody listens on now; below those that the system gives to whoever connects (from 32,768), which
 * would take it while its server is down, be it the very one that waits for that server.
 */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    if (await isFree(port)) return port
  }
}

export type Server = { url: string; child: ChildProcess; stop(): Promise<void> }

/** Start one of our programs on a free port and wait until it answers `path`. */
export const startServer = async (program: string, path: string, environment: Record<string, string> = {}): Promise<Server> => {
  const port = await freePort()
  const child = spawn(process.execPath, [join(root, program)], {
    env: { ...process.env, PORT: String(port), LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + 60_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} before it answered`)
    const answer = await fetch(`${url}${path}`).catch(() => null)
    await answer?.body?.cancel()
    if (answer?.ok === true) break
    if (Date.now() > deadline) throw new Error(`${program} did not answer ${path} within a minute`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  return { url, child, stop }
}
