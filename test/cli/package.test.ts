import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/directory.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
let project: { path: string; remove(): Promise<void> }

/** Somebody else's project, with what is packed of this one, and what it depends on. */
beforeAll(async () => {
  project = await temporaryDirectory()
  const modules = join(project.path, 'node_modules')
  const installed = join(modules, 'contender')
  await mkdir(join(installed, 'src/entry'), { recursive: true })
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'src'), '--outDir', join(installed, 'dist')])
  await cp(join(root, 'drizzle'), join(installed, 'dist/drizzle'), { recursive: true })
  for (const file of ['package.json', 'src/entry/contender.js', 'src/entry/cli.ts']) await cp(join(root, file), join(installed, file))
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
  }
})
afterAll(() => project.remove())

it('an installed package runs what was compiled of it: threads, the embedded store and its migrations too', async () => {
  const bin = join(project.path, 'node_modules/contender/src/entry/contender.js')
  const contender = (...args: string[]) => run(process.execPath, [bin, ...args], { cwd: project.path, env: { ...process.env, DATABASE_URL: '', DATA_DIR: '' } })
  expect((await contender('--version')).stdout).toBe('0.1.0\n')
  expect((await contender('power', '--kind', 'conversion', '--baseline', '0.1', '--effect', '0.02')).stdout).toContain('12,882 units')
  expect((await contender('migrate')).stdout).toMatch(/^the database is at migration \d+\n$/)
})
