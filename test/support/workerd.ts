import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { temporaryDirectory } from './directory.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The Worker as `wrangler deploy` would upload it, and what went into it. */
export type Bundle = {
  script: string
  directory: string
  /** Files of ours and of packages, relative to the project. */
  inputs: string[]
  /** Modules that the runtime is to provide. */
  externals: string[]
  remove(): Promise<void>
}

type Meta = {
  inputs: Record<string, { imports: { path: string; external?: boolean }[] }>
  outputs: Record<string, { entryPoint?: string }>
}

/** Bundle src/entry/worker.ts by the project's own wrangler.toml; nothing is uploaded. */
export const bundleWorker = async (): Promise<Bundle> => {
  const { path: directory, remove } = await temporaryDirectory()
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', directory, '--metafile'], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', CI: 'true' },
  })
  const meta = JSON.parse(await readFile(join(directory, 'bundle-meta.json'), 'utf8')) as Meta
  const script = Object.keys(meta.outputs).find((output) => meta.outputs[output]?.entryPoint)
  if (!script) throw new Error('wrangler named no entry point')
  const imports = Object.values(meta.inputs).flatMap((input) => input.imports)
  return {
    script: join(directory, basename(script)),
    directory,
    inputs: Object.keys(meta.inputs),
    externals: [...new Set(imports.filter((one) => one.external).map((one) => one.path))],
    remove,
  }
}

export type Edge = {
  url: string
  /** What the runtime printed so far. */
  lines: string[]
  /** One JSON call with the admin key. */
  call(method: string, path: string, body?: unknown, more?: RequestInit): Promise<EdgeAnswer>
  /** Let the cron trigger fire; what became of it. */
  scheduled(): Promise<{ outcome: string }>
  stop(): Promise<void>
}

type Scheduled = { scheduled(event: { cron: string }): Promise<{ outcome: string }> }

export type EdgeAnswer = { status: number; headers: Headers; body: Record<string, unknown> }

export const edgeAdminKey = 'the-admin-key-of-the-edge'

/** The same compatibility as wrangler.toml says. */
const compatibility = async (): Promise<{ compatibilityDate: string; compatibilityFlags: string[] }> => {
  const text = await readFile(join(root, 'wrangler.toml'), 'utf8')
  const date = /^compatibility_date = "([\d-]+)"$/m.exec(text)?.[1]
  const flags = /^compatibility_flags = (\[.*\])$/m.exec(text)?.[1]
  if (!date || !flags) throw new Error('wrangler.toml names no compatibility date or flags')
  return { compatibilityDate: date, compatibilityFlags: JSON.parse(flags) as string[] }
}

/**
 * Run a bundled Worker in a real workerd on a free loopback port.
 *
 * @param bindings text variables
 * @param hyperdrives addresses of databases by the name of their Hyperdrive binding
 */
export const startEdge = async (
  bundle: Bundle,
  bindings: Record<string, string>,
  hyperdrives: Record<string, string> = {},
): Promise<Edge> => {
  const lines: string[] = []
  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: bundle.directory,
    scriptPath: bundle.script,
    ...(await compatibility()),
    bindings: { ADMIN_KEY: edgeAdminKey, ...bindings },
    hyperdrives,
    cf: false,
    host: '127.0.0.1',
    port: 0,
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      for (const stream of [stdout, stderr]) stream.on('data', (chunk: Buffer) => lines.push(String(chunk)))
    },
  })
  const url = (await miniflare.ready).origin
  return {
    url,
    lines,
    async call(method, path, body, more = {}) {
      const response = await fetch(url + path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...more,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${edgeAdminKey}`, ...more.headers },
      })
      const text = await response.text()
      const { status, headers } = response
      return { status, headers, body: text.startsWith('{') ? JSON.parse(text) : { text } }
    },
    async scheduled() {
      const worker = (await miniflare.getWorker()) as unknown as Scheduled
      return worker.scheduled({ cron: '* * * * *' })
    },
    stop: () => miniflare.dispose(),
  }
}
