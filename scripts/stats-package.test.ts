import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asymptoticRadius } from '../stats/index.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const tsc = join(root, 'node_modules', '.bin', 'tsc')
let project = ''

/** Somebody else's project, with the built library and what it depends on, but nothing else of ours. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'contender-stats-'))
  const installed = join(project, 'node_modules', 'contender')
  await mkdir(installed, { recursive: true })
  await run(tsc, ['-p', join(root, 'stats'), '--outDir', join(installed, 'dist', 'stats')])
  await cp(join(root, 'package.json'), join(installed, 'package.json'))
  for (const name of ['@stdlib', 'jstat']) await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name))
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }))
})
afterAll(() => rm(project, { recursive: true, force: true }))

it('is a library of its own: import … from "contender/stats"', async () => {
  await writeFile(join(project, 'use.js'), "import { asymptoticRadius } from 'contender/stats'\nconsole.log(asymptoticRadius(1_000, 0.25, 0.05, 0.1))\n")
  const { stdout } = await run(process.execPath, [join(project, 'use.js')])
  expect(Number(stdout)).toBe(asymptoticRadius(1_000, 0.25, 0.05, 0.1))
})

it('brings its types', async () => {
  const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--noEmit', '--types', '']
  const check = async (text: string): Promise<string> => {
    const file = join(project, 'use.ts')
    await writeFile(file, text)
    return run(tsc, [...options, '--ignoreConfig', file], { cwd: project }).then(() => '', (error: { stdout: string }) => error.stdout)
  }
  const use = "import { asymptoticRadius, type Moments } from 'contender/stats'\nexport const units = (m: Moments): number => m.n\n"
  expect(await check(`${use}export const radius: number = asymptoticRadius(1_000, 0.25, 0.05, 0.1)\n`)).toBe('')
  expect(await check(`${use}export const radius: string = asymptoticRadius(1_000, 0.25, 0.05, 0.1)\n`)).toContain('TS2322')
})

it('is listed in what is packed', async () => {
  const { files, exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { files: string[]; exports: Record<string, { default: string }> }
  expect(files).toContain('dist')
  expect(exports['./stats']!.default).toBe('./dist/stats/index.js')
})
