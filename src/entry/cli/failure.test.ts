import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Refused, Unreachable } from '../../client/api.ts'
import { ServiceError } from '../../errors.ts'
import { clockCheck, nodeCheck } from './checks.ts'
import { Failure, failureOf, failureText } from './failure.ts'
import { frameOf } from './screen.ts'

const told = (error: unknown) => ({ text: failureText(failureOf(error)), exit: failureOf(error).exit })

describe('what went wrong', () => {
  it('says what, where, and what mends it', () => {
    expect(failureText(new Failure('it broke', { where: 'here', fix: 'mend it' }))).toBe('error: it broke (here)\n  fix: mend it')
    expect(told(new Error('odd'))).toEqual({ text: 'error: odd', exit: 1 })
    expect(failureText(failureOf(new Error('odd')), true)).toMatch(/\n {4}at /)
  })

  it('names the field, and the one that was meant', () => {
    const violations = [{ path: 'metrics[0].margn', message: 'unknown field; did you mean "margin"?' }]
    expect(told(new ServiceError('unknown_field', 'x', { violations }))).toEqual({ text: 'error: metrics[0].margn is not known; did you mean margin?', exit: 2 })
    const refused = new Refused('POST /api/experiments', 422, { code: 'invalid_definition', errors: [...violations, { path: 'key', message: 'is required' }] })
    expect(told(refused)).toEqual({
      text: 'error: 2 things are not as they should be (POST /api/experiments)\n  metrics[0].margn is not known; did you mean margin?\n  key is required', exit: 2,
    })
  })

  it('tells a refusal from a service that is away', () => {
    expect(told(new Refused('GET /x', 409, { detail: 'too late' })).exit).toBe(1)
    expect(told(new Refused('GET /x', 403, { detail: 'no' })).text).toContain('fix: set CONTENDER_KEY')
    expect(told(new Refused('GET /x', 503, { detail: 'away' })).exit).toBe(3)
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(told(new Unreachable('http://h', 'does not answer', new TypeError('fetch failed', { cause })))).toEqual({
      text: 'error: http://h does not answer (connection refused)\n  fix: start the service with contender serve, or say where it is by --url or CONTENDER_URL', exit: 3,
    })
  })
})

describe('the doctor', () => {
  it('minds an old Node, and clocks that differ', () => {
    expect(nodeCheck('24.1.0').result).toBe('ok')
    expect(nodeCheck('20.11.1')).toMatchObject({ result: 'wrong', fix: expect.stringContaining('npm ci') })
    expect(clockCheck(10_000, 12_000).result).toBe('ok')
    expect(clockCheck(0, 61_000)).toMatchObject({ result: 'wrong', text: 'this clock and the database\'s differ by 61.0 s' })
  })
})

it('a frame of a screen has as many lines as fit', () => {
  const lines = (rows: number): string[] => stripVTControlCharacters(frameOf('a\nb\nc\nd', rows)).split('\r\n')
  expect(lines(10)).toEqual(['a', 'b', 'c', 'd'])
  expect(lines(3)).toEqual(['a', 'b', '… 2 more lines: make the window taller'])
})
