import { describe, expect, it } from 'vitest'
import type { Attributes, Json } from '../assign/snapshot.ts'
import { ServiceError } from '../errors.ts'
import { compileRule } from './compile.ts'
import { DEEPEST, MOST_NODES, validateRule } from './validate.ts'
import vectors from './vectors.json' with { type: 'json' }

const holds = (rule: Json, attributes: Attributes = {}): boolean => compileRule(rule)(attributes)

const nested = (depth: number): Json => {
  let rule: Json = true
  for (let i = 0; i < depth; i++) rule = { '!': rule }
  return rule
}

describe('compileRule', () => {
  it('agrees with json-logic-js on random rules', () => {
    const cases = vectors as [Json, Attributes, boolean][]
    const wrong = cases.filter(([rule, attributes, expected]) => holds(rule, attributes) !== expected)
    expect(wrong).toEqual([])
    expect(cases.filter(([, , expected]) => expected).length).toBeGreaterThan(100)
    expect(cases.filter(([, , expected]) => !expected).length).toBeGreaterThan(100)
  })

  it('answers the same when asked again, with other attributes in between', () => {
    const rule = compileRule({ and: [{ in: [{ var: 'country' }, ['DE', 'AT']] }, { '>=': [{ var: 'age' }, 18] }] })
    const people = [{ country: 'DE', age: 20 }, { country: 'FR', age: 20 }, { country: 'AT', age: 3 }, {}]
    for (let round = 0; round < 3; round++) expect(people.map(rule)).toEqual([true, false, false, false])
  })

  it('is not changed by what happens to the rule afterwards', () => {
    const list = ['DE']
    const rule = compileRule({ in: [{ var: 'country' }, list] })
    list.push('FR')
    expect(rule({ country: 'FR' })).toBe(false)
  })

  it.each<[Json, boolean]>([
    [[], false], [[0], true], [0, false], ['', false], ['0', true], [null, false], [true, true],
    [{ '!!': [[]] }, false], [{ '!!': [[[]]] }, true], [{ '!': [[]] }, true],
  ])('has the truthiness of JSON Logic for %j', (rule, expected) => expect(holds(rule)).toBe(expected))

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__.polluted', 'constructor.name', 'a.constructor',
    'tags.map', 'tags.__proto__', 'text.length', 'text.constructor'])('sees nothing at %s', (path) => {
    const attributes = { a: {}, tags: [1], text: 'abc' }
    expect(holds({ '===': [{ var: path }, null] }, attributes)).toBe(true)
    expect(holds({ '===': [{ var: [path, 'none'] }, 'none'] }, attributes)).toBe(true)
    expect(holds({ '!!': { missing: [path] } }, attributes)).toBe(true)
  })

  it('reads a property of that name where the caller really sent one, and pollutes nothing', () => {
    const attributes = JSON.parse('{"__proto__": {"polluted": true}, "constructor": "mine"}') as Attributes
    expect(holds({ '==': [{ var: 'constructor' }, 'mine'] }, attributes)).toBe(true)
    expect(holds({ '!!': { var: '__proto__.polluted' } }, attributes)).toBe(true)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each<[Json, Attributes]>([
    [{ '>': [{ '+': [{ var: 'age' }, 1] }, 0] }, { age: 'old' }],
    [{ in: ['a', { var: 'where' }] }, { where: { includes: 'a' } }],
    [{ '==': [{ var: 'a' }, 'x'] }, { a: { toString: null, valueOf: null } }],
    [{ '>': [{ max: [{ var: 'a' }, 1] }, 0] }, { a: 'text' }],
  ])('is false where %j fails on %j', (rule, attributes) => expect(holds(rule, attributes)).toBe(false))

  it('walks arrays only, so that an object cannot pose as a long one', () => {
    const attributes = { list: { length: 2 ** 31 } }
    expect(holds({ some: [{ var: 'list' }, true] }, attributes)).toBe(false)
    expect(holds({ all: [{ var: 'list' }, true] }, attributes)).toBe(false)
    expect(holds({ none: [{ var: 'list' }, true] }, attributes)).toBe(true)
  })

  it('refuses what validateRule refuses', () => {
    expect(() => compileRule({ log: 'x' })).toThrow(ServiceError)
    expect(() => compileRule(nested(10_000))).toThrow(ServiceError)
  })
})

describe('validateRule', () => {
  it.each(['log', 'method', 'regex', 'map', 'reduce', 'filter', 'merge', 'val', 'get', 'throw', 'try', 'pipe', 'eachKey', '?:',
    'constructor', '__proto__', 'toString'])('knows no operator %s', (operator) => {
    const rule = JSON.parse(`{"and": [true, {"${operator}": [{"var": "a"}]}]}`) as Json
    expect(validateRule(rule)).toEqual([
      { path: `audience.and[1].${operator}`, message: expect.stringContaining(`unknown operator "${operator}"`) },
    ])
    expect(() => compileRule(rule)).toThrow(ServiceError)
  })

  it('says where each fault stands', () => {
    const rule = { or: [{ '==': [{ var: 'a' }] }, { and: [{ in: ['x', [{ nope: 1 }]] }] }, { a: 1, b: 2 }, {}] }
    expect(validateRule(rule, 'stages[0].audience').map(({ path }) => path)).toEqual([
      'stages[0].audience.or[0].==', 'stages[0].audience.or[1].and[0].in[1][0].nope',
      'stages[0].audience.or[2]', 'stages[0].audience.or[3]',
    ])
  })

  it.each<[Json, string]>([
    [{ '==': [1] }, 'takes 2 operands, got 1'],
    [{ '<': [1, 2, 3, 4] }, 'takes 2 to 3 operands, got 4'],
    [{ and: [] }, 'takes 1 or more operands, got 0'],
    [{ '!': [1, 2] }, 'takes 1 operand, got 2'],
  ])('counts the operands of %j', (rule, message) => {
    expect(validateRule(rule)).toEqual([{ path: expect.any(String), message: expect.stringContaining(message) }])
  })

  it(`takes ${MOST_NODES} nodes and no more`, () => {
    const listOf = (count: number): Json => ({ in: ['x', Array.from({ length: count }, () => 'y')] })
    expect(validateRule(listOf(MOST_NODES - 3))).toEqual([])
    expect(validateRule(listOf(MOST_NODES - 2))).toEqual([{ path: 'audience', message: expect.stringContaining('200 nodes') }])
    expect(validateRule(listOf(1_000_000))).toHaveLength(1)
  })

  it(`takes a depth of ${DEEPEST} and no more, and survives any`, () => {
    expect(validateRule(nested(DEEPEST))).toEqual([])
    for (const depth of [DEEPEST + 1, 10_000, 1_000_000]) {
      expect(validateRule(nested(depth))).toEqual([{ path: expect.any(String), message: expect.stringContaining('deeper than 32') }])
    }
    let lists: Json = []
    for (let i = 0; i < 10_000; i++) lists = [lists]
    expect(validateRule({ in: ['x', lists] })).toHaveLength(1)
  })
})
