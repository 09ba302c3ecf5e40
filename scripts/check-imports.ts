import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { rules, type Rule } from './import-rules.ts'

const root = join(import.meta.dirname, '..')
const statement = /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

export type Import = { file: string; target: string; typeOnly: boolean; ours: boolean }

/** Imports of one file, targets relative to the project's root where they are ours. */
export const importsOf = (file: string, text: string): Import[] =>
  [...text.matchAll(statement)].map((match) => {
    const target = (match[3] ?? match[4])!
    const ours = target.startsWith('.')
    return { file, target: ours ? normalize(join(dirname(file), target)) : target, typeOnly: match[2] !== undefined, ours }
  })

const within = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`)

const ruleFor = (file: string): Rule | undefined =>
  rules.filter((rule) => within(file, rule.from)).toSorted((a, b) => b.from.length - a.from.length)[0]

/** What is wrong with one import, in words that teach; null when nothing is. */
export const complaint = (found: Import): string | null => {
  if (found.ours && within(found.target, 'src/entry') && !within(found.file, 'src/entry')) {
    return `${found.file} must not import ${found.target}: nobody imports an entry`
  }
  const rule = ruleFor(found.file)
  if (!rule) return null
  const allowed = found.ours
    ? rule.mayImport.some((place) => within(found.target, place))
    : rule.packages === 'any' || rule.packages.test(found.target)
  return allowed ? null : `${found.file} must not import ${found.target}: ${rule.why}`
}

/** Files that import each other in a circle (types aside), each circle once. */
export const cycles = (imports: Import[]): string[][] => {
  const next = new Map<string, string[]>()
  for (const { file, target, typeOnly, ours } of imports) {
    if (ours && !typeOnly) next.set(file, [...(next.get(file) ?? []), target])
  }
  const found: string[][] = []
  const done = new Set<string>()
  const visit = (file: string, path: string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) {
      found.push([...path.slice(at), file])
      return
    }
    if (done.has(file)) return
    for (const target of next.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return found
}

if (import.meta.main) {
  const files = globSync(['src/**/*.ts', 'stats/**/*.ts'], { cwd: root })
    .map((file) => relative(root, join(root, file)))
    .filter((file) => !/\.(test|bench)\.ts$/.test(file) && !file.endsWith('contract.ts'))
  const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')))
  const problems = [
    ...imports.map(complaint).filter((problem) => problem !== null),
    ...cycles(imports).map((circle) => `${circle.join(' → ')}: a circle; let one side take what it needs as an argument`),
  ]
  for (const problem of problems) console.error(problem)
  console.log(`${files.length} files, ${imports.length} imports, ${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
