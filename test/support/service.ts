import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../../load/support/servers.ts'

const entry = new URL('../../src/entry/node.ts', import.meta.url).pathname

export type Answer = { status: number; headers: Headers; body: Record<string, unknown> }

export type Service = {
  url: string
  child: ChildProcess
  /** What it logged so far, a line each. */
  lines: string[]
  call(method: string, path: string, body?: unknown): Promise<Answer>
  kill(signal: NodeJS.Signals): Promise<number | null>
}

/** One JSON call; connection errors throw. */
export const call = async (url: string, method: string, path: string, body?: unknown): Promise<Answer> => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : { text } }
}

/**
 * Start the service as its users do, in a process of its own, and wait until it is ready.
 *
 * @param path what answers 200 then: without its database a node lives, but is not ready
 */
export const startService = async (environment: Record<string, string>, path = '/ready'): Promise<Service> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), ENGINE_INTERVAL_MS: '500', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line))
  const service: Service = {
    url,
    child,
    lines,
    call: (method, path, body) => call(url, method, path, body),
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const ended = once(child, 'exit')
      child.kill(signal)
      return (await ended)[0] as number | null
    },
  }
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}:\n${lines.join('\n')}`)
    const answer = await call(url, 'GET', path).catch(() => null)
    return answer?.status === 200
  })
  return service
}

/** Poll `holds` until it does. @throws {Error} when it does not within `withinMs`, long enough for any busy machine */
export const until = async (holds: () => Promise<boolean>, withinMs = 180_000): Promise<void> => {
  const deadline = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** A running experiment `demo` of two variants on the model `demo`, with the measure `win`. */
export const defineDemo = async (service: Pick<Service, 'call'>, more: Record<string, unknown> = {}): Promise<void> => {
  const must = async (path: string, body: unknown): Promise<void> => {
    const answer = await service.call('POST', path, body)
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  await must('/api/models', { key: 'demo' })
  for (const version of ['1', '2']) await must('/api/models/demo/versions', { version, payload: { version } })
  await must('/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
  await must('/api/experiments', {
    key: 'demo',
    model: 'demo',
    unguarded: true,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
    metrics: [{ metric: 'win', role: 'decision' }],
    stages: [{ allocation: 'fixed' }],
    ...more,
  })
  await must('/api/experiments/demo/actions', { action: 'start', reason: 'test' })
}

/** Outcomes that the report of `demo` counts, over all variants. */
export const countedOutcomes = async (service: Pick<Service, 'call'>): Promise<number> => {
  const report = await service.call('GET', '/api/experiments/demo/report')
  if (report.status !== 200) throw new Error(`report: ${report.status} ${JSON.stringify(report.body)}`)
  return (report.body['variants'] as { outcomes: number }[]).reduce((sum, variant) => sum + variant.outcomes, 0)
}
