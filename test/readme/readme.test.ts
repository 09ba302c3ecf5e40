import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../load/support/servers.ts'
import { blocksOf, missingFrom } from './blocks.ts'

const root = new URL('../..', import.meta.url).pathname
const blocks = blocksOf(readFileSync(join(root, 'README.md'), 'utf8'))
/** Whoever runs these tests has installed already, and is running the tests. */
const installed = (code: string): string => code.replaceAll('npm ci && ', '').replace(/^npm test$/m, '')

/** A directory like a fresh clone's: everything of the project, and no data. */
const cloneOf = (project: string): string => {
  const directory = mkdtempSync(join(tmpdir(), 'contender-readme-'))
  const left = new Set(['data', '.git'])
  for (const name of readdirSync(project)) if (!left.has(name)) symlinkSync(join(project, name), join(directory, name))
  return directory
}

/** A shell in which one block is run after the other, as a reader does in a second terminal. */
const openShell = (cwd: string) => {
  const shell = spawn('bash', ['-o', 'pipefail'], { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  let heard = ''
  const waiting: (() => void)[] = []
  const hear = (chunk: Buffer): void => {
    heard += chunk.toString()
    for (const look of waiting) look()
  }
  shell.stdout.on('data', hear)
  shell.stderr.on('data', hear)
  shell.on('exit', () => hear(Buffer.from('\n=== gone 1 ===\n')))
  return {
    /** What the block printed. @throws {Error} when its last command failed */
    run: (code: string): Promise<string> =>
      new Promise((resolve, reject) => {
        heard = ''
        const look = (): void => {
          const end = /\n=== (done|gone) (\d+) ===\n/.exec(heard)
          if (!end) return
          waiting.splice(waiting.indexOf(look), 1)
          const text = heard.slice(0, end.index)
          if (end[2] === '0') resolve(text)
          else reject(new Error(`${code}\nended with ${end[2]}:\n${text}`))
        }
        waiting.push(look)
        shell.stdin.write(`${code}\nprintf '\\n=== done %s ===\\n' $?\n`)
      }),
    close: () => shell.kill(),
  }
}

describe('the README', () => {
  const running: ChildProcess[] = []
  let clone: string
  let shell: ReturnType<typeof openShell>
  let port: number

  beforeAll(async () => {
    clone = cloneOf(root)
    shell = openShell(clone)
    port = await freePort()
  })
  afterAll(async () => {
    shell.close()
    await Promise.all(running.map(stop))
    rmSync(clone, { recursive: true })
  })

  const stop = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    process.kill(-child.pid!, 'SIGTERM')
    await ended
  }

  /** Start what goes on by itself, and wait until it says where it listens. Answers what it said until then. */
  const start = async (command: string): Promise<string> => {
    await Promise.all(running.splice(0).map(stop))
    const child = spawn('bash', ['-c', `exec 2>&1; ${command}`], { cwd: clone, detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PORT: String(port) } })
    running.push(child)
    return new Promise((resolve, reject) => {
      let said = ''
      child.stdout.on('data', (chunk) => {
        said += String(chunk)
        if (said.includes(`http://127.0.0.1:${port}`)) resolve(said)
      })
      child.on('exit', () => reject(new Error(`${command} ended: ${said}`)))
    })
  }

  it('has blocks for the two commands, the demo and the three calls', () => {
    const all = blocks.map(({ code }) => code).join('')
    for (const command of ['npm ci && npm start', 'npm ci && npm test', 'npm run demo', '/assign', '/outcome', '/report']) expect(all).toContain(command)
  })

  it.each(blocks)('does what it shows at line $line', async ({ code, answer }) => {
    const lines = installed(code).replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`).trimEnd().split('\n')
    const server = /^npm (start|run demo)$/.test(lines.at(-1) ?? '') ? lines.pop() : undefined
    let said = lines.join('').trim() === '' ? '' : await shell.run(lines.join('\n'))
    if (server !== undefined) said += await start(server)
    // curl is content with any answer; a reader is not
    expect(said).not.toMatch(/"status":[45]\d\d|command not found/)
    if (answer !== null) expect(missingFrom(said, answer)).toEqual([])
  })
})
