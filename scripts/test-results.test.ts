import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const directory = mkdtempSync(join(tmpdir(), 'contender-results-'))
afterAll(() => rmSync(directory, { recursive: true }))

const assertion = (fullName: string, said?: string) =>
  ({ fullName, status: said === undefined ? 'passed' : 'failed', failureMessages: said === undefined ? [] : [said] })

/** A file of results, as the runner writes it. */
const results = (name: string, files: Record<string, ReturnType<typeof assertion>[]>): string => {
  const path = join(directory, name)
  const testResults = Object.entries(files).map(([file, assertionResults]) =>
    ({ name: file, status: assertionResults.length > 0 && assertionResults.every(({ status }) => status === 'passed') ? 'passed' : 'failed', message: '', assertionResults }))
  writeFileSync(path, JSON.stringify({ testResults }))
  return path
}

const told = (...parameters: string[]) => {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/test-results.ts', ...parameters], { encoding: 'utf8' })
  return { status, lines: stdout.trim().split('\n') }
}

const first = results('first.json', { 'a.test.ts': [assertion('one'), assertion('two', 'expected 1 to be 2')], 'b.test.ts': [assertion('three')], 'c.test.ts': [] })

it('names what failed, files that could not be run as well, and counts last', () => {
  const { status, lines } = told(first)
  expect(status).toBe(1)
  expect(lines).toContain('a.test.ts > two')
  expect(lines).toContain('    expected 1 to be 2')
  expect(lines.at(-1)).toBe('2 passed, 2 failed')
  expect(told('--files', first).lines).toEqual(['a.test.ts', 'c.test.ts'])
})

it('counts what passed when it was run again, and names it still; what fails twice has failed', () => {
  const again = results('again.json', { 'a.test.ts': [assertion('one'), assertion('two')], 'c.test.ts': [assertion('four')] })
  expect(told(first, again)).toMatchObject({ status: 0, lines: expect.arrayContaining(['failed at first:', 'a.test.ts > two', '4 passed, 0 failed']) })
  const twice = results('twice.json', { 'a.test.ts': [assertion('one'), assertion('two', 'again')], 'c.test.ts': [assertion('four')] })
  expect(told(first, twice)).toMatchObject({ status: 1, lines: expect.arrayContaining(['failed:', '3 passed, 1 failed']) })
})
