import { describe, expect, it } from 'vitest'
import { ServiceError } from '../../errors.ts'
import { checkJson } from '../json.ts'
import { parse } from '../violations.ts'
import { readAssign } from './read-assign.ts'
import { readOutcome } from './read-outcome.ts'
import { AssignBody, OutcomeBody } from './schemas.ts'

const codes = { form: 'invalid_body', meaning: 'invalid_body' } as const

/** What the schema alone says: the value, or code and first path of its refusal. */
const verdict = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { code: error.code, path: error.violations[0]?.path }
  }
}

const many = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, index]))

const units: unknown[] = [
  'u', '', 'x'.repeat(1_024), 'x'.repeat(1_025), 'é'.repeat(512), 'é'.repeat(513), '\0', '\ud800', '💡', 7, null, {}, [],
]
const keys: unknown[] = ['a', 'assistant-7b', '', 'A', '../x', 'a'.repeat(64), 'a'.repeat(65), '\0', 3, null]
const attributes: unknown[] = [
  {}, { a: 1 }, { a: 'x', b: null, c: true }, { a: { b: 1 } }, { a: [1] }, { a: Infinity }, { a: '\0' }, { '\ud800': 1 }, [], null, 'x', 5,
  many(64), many(65), JSON.parse('{"__proto__": 1}'), JSON.parse('{"constructor": {"prototype": 1}}'),
]
const assignBodies: unknown[] = [
  null, [], 'x', 5, {}, { unit: 'u' }, { experiment: 'a', model: 'b', unit: 'u' }, { experiment: 'a', unit: 'u', extra: 1 },
  JSON.parse('{"experiment": "a", "unit": "u", "__proto__": {}}'), { experiment: 'a', unit: 'u', token: 5 },
  { experiment: 'a', unit: 'u', token: 'v1.x' }, { experiment: 'a', unit: 'u', token: '' }, { experiment: 'a', unit: 'u', token: '\0' },
  ...units.map((unit) => ({ experiment: 'a', unit })),
  ...keys.flatMap((key) => [{ experiment: key, unit: 'u' }, { model: key, unit: 'u' }]),
  ...attributes.map((given) => ({ experiment: 'a', unit: 'u', attributes: given })),
]

describe('readAssign', () => {
  it.each(assignBodies.map((body, index) => [index, body]))('takes and refuses what the schema does (%i)', (_, body) => {
    const slow = verdict(() => {
      checkJson(body)
      const { experiment, model, unit, attributes: given = {}, token } = parse(AssignBody, body, codes)
      return { experiment, model, unit, attributes: given, token }
    })
    expect(verdict(() => readAssign(body))).toEqual(slow)
  })
})

const measures: unknown[] = [
  {}, { win: 1 }, { win: true, lost: false }, { win: -0 }, { win: 5e-324 }, { win: 1e308 }, { win: Infinity }, { win: NaN }, { win: '1' },
  { win: null }, { win: [1] }, { Win: 1 }, { '': 1 }, { '1a': 1 }, null, [], 'x', many(64), many(65), JSON.parse('{"__proto__": 1}'),
]
const outcomeBodies: unknown[] = [
  null, [], {}, { token: 't' }, { token: 't', measures: { win: 1 }, extra: 1 }, { token: '', measures: { win: 1 } },
  { token: 5, measures: { win: 1 } }, { token: '\0', measures: { win: 1 } }, { measures: { win: 1 } },
  { experiment: 'a', unit: 'u', measures: { win: 1 } }, { experiment: 'a', unit: 'u', measures: { win: 1 }, id: 'x' },
  { token: 't', experiment: 'a', measures: { win: 1 } },
  ...measures.map((given) => ({ token: 't', measures: given })),
  ...['x', '', 'x'.repeat(256), 'x'.repeat(257), '\0', '\ud800', 5, null].map((id) => ({ token: 't', measures: { win: 1 }, id })),
  ...[0, 1, -1, 1.5, 2_147_483_647, 2_147_483_648, '1', null].map((revision) => ({ token: 't', measures: { win: 1 }, revision })),
  ...['2026-01-31T08:00:00Z', '2026-01-31T08:00:00+02:00', 'yesterday', 5, null, '2026-13-01T00:00:00Z'].map((at) => ({
    token: 't', measures: { win: 1 }, at,
  })),
]

describe('readOutcome', () => {
  it.each(outcomeBodies.map((body, index) => [index, body]))('takes and refuses what the schema does (%i)', (_, body) => {
    const slow = verdict(() => {
      checkJson(body)
      const { token, experiment, unit, measures: given, id, revision = 0, at = null } = parse(OutcomeBody, body, codes)
      const numbers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Number(value) + 0]))
      return { token, experiment, unit, measures: numbers, id, revision, at }
    })
    expect(verdict(() => readOutcome(body))).toEqual(slow)
  })

  it('keeps no negative zero', () => {
    expect(Object.is(readOutcome({ token: 't', measures: { win: -0 } }).measures['win'], 0)).toBe(true)
  })
})
