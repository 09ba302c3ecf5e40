import { describe, expect, it } from 'vitest'
import { complaint, cycles, importsOf } from './check-imports.ts'

const only = (file: string, text: string) => importsOf(file, text).map(complaint)

describe('import rules', () => {
  it('refuse src from stats, and say what to do instead', () => {
    const [problem] = only('stats/moments/merge.ts', "import { planOf } from '../../src/core/metric-plan.ts'\n")
    expect(problem).toContain('pass plain values in')
  })

  it('refuse a package from src/assign, and a clock from stats', () => {
    expect(only('src/assign/hash.ts', "import { createHash } from 'node:crypto'\n")[0]).toContain('hand in')
    expect(only('stats/x.ts', "import { performance } from 'node:perf_hooks'\n")[0]).toContain('stats')
  })

  it('refuse importing an entry from anywhere', () => {
    expect(only('src/http/app.ts', "import { main } from '../entry/node.ts'\n")[0]).toContain('nobody imports an entry')
  })

  it('see dynamic imports, re-exports and multi-line imports', () => {
    expect(only('src/core/a.ts', "const x = await import('postgres')\n")[0]).toContain('postgres')
    expect(only('src/core/a.ts', "export * from '../store/db.ts'\n")[0]).toContain('src/store/db.ts')
    expect(only('src/core/a.ts', "import {\n  a,\n  b,\n} from '../store/db.ts'\n")[0]).toContain('src/store/db.ts')
  })

  it('let core use stats and zod', () => {
    expect(only('src/core/a.ts', "import { z } from 'zod'\nimport { x } from '../../stats/index.ts'\n")).toEqual([null, null])
  })

  it('find circles, but not those of types', () => {
    const circle = [
      ...importsOf('src/core/a.ts', "import { b } from './b.ts'\n"),
      ...importsOf('src/core/b.ts', "import { a } from './a.ts'\n"),
    ]
    expect(cycles(circle)).toEqual([['src/core/a.ts', 'src/core/b.ts', 'src/core/a.ts']])
    expect(cycles([...importsOf('a.ts', "import type { b } from './b.ts'\n"), ...importsOf('b.ts', "import { a } from './a.ts'\n")])).toEqual([])
  })
})
