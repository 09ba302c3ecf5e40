import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../load/support/servers.ts'

const run = promisify(execFile)
const release = '3.17.2'

/** Where what Python installed is kept between runs. */
const home = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'contender', `mlflow-${release}`)

/** MLflow's command, installed from Python's package index when it is not there yet. @throws {Error} where Python cannot install it */
const install = async (): Promise<string> => {
  const command = join(home, 'bin', 'mlflow')
  if (existsSync(command)) return command
  // scripts of an environment name its place, so it is made there; a run that was cut short leaves no command
  rmSync(home, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', home])
  await run(join(home, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `mlflow==${release}`], { maxBuffer: 1e8 })
  return command
}

export type MlflowServer = { url: string; call(method: 'GET' | 'POST', path: string, fields: Record<string, string>): Promise<Record<string, unknown>>; stop(): Promise<void> }

/** A real `mlflow server` on a port of its own, its data in a directory of its own. */
export const startMlflow = async (): Promise<MlflowServer> => {
  const command = await install()
  const data = mkdtempSync(join(tmpdir(), 'contender-mlflow-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(command, ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', '--backend-store-uri', `sqlite:///${data}/registry.db`, '--artifacts-destination', data], {
    detached: true, stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      process.kill(-child.pid!, 'SIGKILL')
      await ended
    }
    rmSync(data, { recursive: true, force: true })
  }
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      if (/startup complete/i.test(said)) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', () => reject(new Error(`mlflow ended: ${said.slice(-2_000)}`)))
  })
  return {
    url, stop,
    async call(method, path, fields) {
      const query = method === 'GET' ? `?${new URLSearchParams(fields)}` : ''
      const response = await fetch(`${url}/api/2.0/mlflow/${path}${query}`, {
        method, headers: { 'content-type': 'application/json' }, ...(method === 'POST' && { body: JSON.stringify(fields) }),
      })
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
      return (await response.json()) as Record<string, unknown>
    },
  }
}
