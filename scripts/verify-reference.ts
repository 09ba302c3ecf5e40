import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ReferenceFile, runCase } from './vectors/case.ts'
import { methods } from './vectors/methods/index.ts'

/**
 * Runs reference cases (numbers from other people's code) through the public functions of `stats`.
 * Usage: node scripts/verify-reference.ts [DIR], DIR holding *.json; stats/vectors unless given.
 * Exit code 1 when a case fails.
 */
const directory = process.argv[2] ?? join(import.meta.dirname, '..', 'stats', 'vectors')
const total = { passed: 0, failed: 0, 'not implemented': 0 }

for (const name of readdirSync(directory).filter((file) => file.endsWith('.json')).toSorted()) {
  const file = { passed: 0, failed: 0, 'not implemented': 0 }
  const failures: string[] = []
  for (const reference of ReferenceFile.parse(JSON.parse(readFileSync(join(directory, name), 'utf8'))).cases) {
    const { verdict, detail } = runCase(reference, methods)
    file[verdict]++
    total[verdict]++
    if (verdict === 'failed') failures.push(`  ${reference.id} (${reference.method}): ${detail}`)
  }
  console.log(`${name}: ${file.passed} passed, ${file.failed} failed, ${file['not implemented']} not implemented`)
  for (const failure of failures) console.log(failure)
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total['not implemented']} not implemented`)
process.exitCode = total.failed > 0 ? 1 : 0
