import { readFileSync } from 'node:fs'

/**
 * What became of a test run, from the runner's JSON: what failed, with what it said, and last how many tests passed and failed.
 * A second file tells of the failed files, run again: what passes then was disturbed, and is named, but does not count as failed.
 *
 *     node scripts/test-results.ts results.json [again.json]     exit status 1 when something failed
 *     node scripts/test-results.ts --files results.json          the files in which something failed
 */
type Assertion = { fullName: string; status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo'; failureMessages: string[] }
type File = { name: string; status: 'passed' | 'failed'; message: string; assertionResults: Assertion[] }

const read = (path: string): File[] => (JSON.parse(readFileSync(path, 'utf8')) as { testResults: File[] }).testResults

const here = (path: string): string => path.replace(`${process.cwd()}/`, '')

/** What was said, without the runner's own calls. */
const linesOf = (messages: readonly string[]): string[] =>
  messages.flatMap((message) => message.split('\n').filter((line) => !line.includes('node_modules')).slice(0, 12))

/** What failed in a file: its tests, or all of it, when it could not be loaded or set up. */
const failures = ({ name, status, message, assertionResults }: File): string[] => {
  const failed = assertionResults.filter((one) => one.status === 'failed')
  const told = failed.map(({ fullName, failureMessages }) => [`${here(name)} > ${fullName}`, ...linesOf(failureMessages)].join('\n    '))
  return status === 'failed' && told.length === 0 ? [`${here(name)}: ${message || 'could not be run'}`] : told
}

const passed = (files: readonly File[]): number => files.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'passed').length

const [first = '', second] = process.argv.slice(2)
if (first === '--files') {
  for (const file of read(second!)) if (failures(file).length > 0) console.log(here(file.name))
} else {
  const all = read(first)
  const again = second === undefined ? [] : read(second)
  const repeated = new Set(again.map(({ name }) => name))
  const disturbed = all.filter(({ name }) => repeated.has(name)).flatMap(failures)
  const counted = [...all.filter(({ name }) => !repeated.has(name)), ...again]
  const failed = counted.flatMap(failures)
  if (disturbed.length > 0) console.log(`failed at first:\n\n${disturbed.join('\n')}\n`)
  if (failed.length > 0) console.log(`failed:\n\n${failed.join('\n')}\n`)
  console.log(`${passed(counted)} passed, ${failed.length} failed`)
  process.exitCode = failed.length > 0 || passed(counted) === 0 ? 1 : 0
}
