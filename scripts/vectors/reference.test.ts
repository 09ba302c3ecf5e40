import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ReferenceFile, firstDifference, runCase } from './case.ts'
import { methods } from './methods/index.ts'
import { isShipped } from './not-shipped.ts'

const directory = join(import.meta.dirname, '..', '..', 'stats', 'vectors')

describe.each(readdirSync(directory))('%s', (name) => {
  const { cases } = ReferenceFile.parse(JSON.parse(readFileSync(join(directory, name), 'utf8')))

  it.each(cases.map((reference) => [reference.id, reference] as const))('%s', (_, reference) => {
    const outcome = isShipped(reference.method)
      ? { verdict: 'passed', detail: '' }
      : { verdict: 'not implemented', detail: reference.method }
    expect(runCase(reference, methods)).toEqual(outcome)
  })
})

describe('the comparison itself', () => {
  const tight = { kind: 'abs', value: 1e-9 } as const

  it('finds a number that is off, missing, or of another length, and says where', () => {
    expect(firstDifference({ p: 0.5 }, { p: 0.5 + 1e-8 }, tight)).toMatch(/^p 0\.5 instead/)
    expect(firstDifference({ p: 0.5 }, { q: 0.5 }, tight)).toMatch(/^q undefined/)
    expect(firstDifference([1, 2], [1, 2, 3], tight)).toMatch(/instead/)
    expect(firstDifference({ p: Number.NaN }, { p: 0 }, tight)).toMatch(/^p NaN/)
    expect(firstDifference({ deep: [1, 3] }, { deep: [1, 2] }, tight)).toMatch(/^deep\.1 /)
    expect(firstDifference({ p: 1, more: 2 }, { p: 1 }, tight)).toBeNull()
  })

  it('measures relatively where a case asks for it', () => {
    const loose = { kind: 'rel', value: 1e-3 } as const
    expect(firstDifference(1_000.5, 1_000, loose)).toBeNull()
    expect(firstDifference(1_002, 1_000, loose)).not.toBeNull()
    expect(firstDifference(1e-20, 2e-20, loose)).not.toBeNull()
  })

  it('tells an unknown method from a failing one', () => {
    const expected = { value: 0.1 }
    const reference = { id: 'x', method: 'erfc(1)', inputs: { call: 'erfc(1)' }, expected, tolerance: tight }
    expect(runCase(reference, methods).verdict).toBe('failed')
    expect(runCase({ ...reference, method: 'runes' }, methods).verdict).toBe('not implemented')
    expect(runCase({ ...reference, method: 'z power', inputs: {} }, methods).verdict).toBe('failed')
  })
})
