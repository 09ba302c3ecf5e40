/**
 * Writes src/targeting/vectors.json: random rules, attributes, and what json-logic-js, the reference implementation of
 * JSON Logic, makes of them.
 *
 *     npm pack json-logic-js@2.0.5 && tar xzf json-logic-js-2.0.5.tgz
 *     node scripts/vectors/targeting.ts package/logic.js > src/targeting/vectors.json
 */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { seededRandom } from '../../stats/random.ts'
import type { Json } from '../../src/assign/snapshot.ts'
import { validateRule } from '../../src/targeting/validate.ts'

type Reference = { apply(rule: Json, attributes: Json): unknown; truthy(value: unknown): boolean }

const [library] = process.argv.slice(2)
if (!library) throw new Error('name the file of json-logic-js')
const reference = createRequire(import.meta.url)(resolve(library)) as Reference

const { uniform: rand } = seededRandom(20_240_229)
const below = (n: number): number => Math.floor(rand() * n)
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
const times = (count: number, of: () => Json): Json[] => Array.from({ length: count }, of)

const texts = ['', 'pro', 'free', 'DE', 'AT', '5', '1', 'größe']
const numbers = [0, 1, 2, 5, 18, -3, 0.5]
const names = ['plan', 'country', 'age', 'beta', 'tags', 'nested.level', 'nested.list.0', 'nested', 'missing', 'empty', 'nothing']

const literal = (): Json => pick<() => Json>([() => pick(texts), () => pick(numbers), () => pick([true, false, null])])()
const variable = (): Json => pick<Json>([{ var: pick(names) }, { var: [pick(names)] }, { var: [pick(names), literal()] }])
const number = (depth: number): Json =>
  depth > 0 && rand() < 0.5
    ? { [pick(['+', '-', '*', 'min', 'max'])]: times(2, () => number(depth - 1)) }
    : pick<Json>([pick(numbers), { var: 'age' }, { var: ['score', 7] }])
const value = (depth: number): Json =>
  pick<() => Json>([literal, variable, variable, () => number(depth), () => ({ cat: [pick(texts), { var: 'plan' }] }),
    () => ({ substr: [pick(texts), below(4) - 1] })])()

const rule = (depth: number): Json => {
  if (depth === 0) return pick([literal, variable])()
  const inner = (): Json => rule(depth - 1)
  return pick<() => Json>([
    () => ({ [pick(['==', '===', '!=', '!==', '<', '<=', '>', '>='])]: times(2, () => value(1)) }),
    () => ({ [pick(['<', '<='])]: times(3, () => number(1)) }),
    () => ({ [pick(['and', 'or'])]: times(1 + below(3), inner) }),
    () => ({ if: times(1 + below(5), inner) }),
    () => ({ '!': inner() }),
    () => ({ '!!': [inner()] }),
    () => ({ in: [variable(), times(1 + below(4), literal)] }),
    () => ({ in: [pick(texts), { var: 'plan' }] }),
    () => ({ in: [literal(), { var: 'tags' }] }),
    () => ({ [pick(['some', 'all', 'none'])]: [{ var: pick(['tags', 'empty', 'nested.list']) },
      { [pick(['==', 'in'])]: [{ var: '' }, pick(texts)] }] }),
    () => ({ missing: times(1 + below(3), () => pick(names)) }),
    () => ({ missing_some: [1 + below(2), times(3, () => pick(names))] }),
  ])()
}

const attributes = (): Json => ({
  plan: pick(texts), country: pick(['DE', 'AT', 'FR']), age: pick(numbers), beta: pick([true, false]),
  tags: times(below(4), () => pick(texts)), empty: [], nothing: null,
  nested: { level: pick(numbers), list: times(1 + below(2), () => pick(texts)) },
})

const cases: Json[][] = []
while (cases.length < 400) {
  const [tried, given] = [rule(1 + below(3)), attributes()]
  if (validateRule(tried).length > 0) continue
  cases.push([tried, given, reference.truthy(reference.apply(tried, given))])
}
console.log(`[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]`)
