import type { Json } from '../assign/snapshot.ts'
import type { Violation } from '../errors.ts'
import { operators } from './operators.ts'

/** Values in a rule, its literals included. */
export const MOST_NODES = 200
/** Objects and lists inside one another. */
export const DEEPEST = 32
const LONGEST_NAME = 64

const operandsOf = (value: Json): Json[] => (Array.isArray(value) ? value : [value])

const isList = (value: Json): value is Json[] => Array.isArray(value)

const wrongCount = (operator: string, given: number): string | null => {
  const arity = operators[operator]
  if (!arity || (given >= arity.least && given <= arity.most)) return null
  const most = arity.most === Infinity ? ' or more' : arity.most === arity.least ? '' : ` to ${arity.most}`
  return `"${operator}" takes ${arity.least}${most} ${arity.most === 1 ? 'operand' : 'operands'}, got ${given}`
}

/**
 * What is wrong with an audience rule: unknown operators, wrong numbers of operands, too deep, too large.
 * Empty means `compileRule` accepts it. Safe for input of any depth and size.
 *
 * @param path where the rule stands in what the caller sent; violations go on from there, `audience.and[0].in`
 */
export const validateRule = (rule: Json, path = 'audience'): Violation[] => {
  const violations: Violation[] = []
  let nodes = 0
  const report = (at: string, message: string): void => {
    violations.push({ path: at, message })
  }

  const visit = (value: Json, at: string, depth: number): void => {
    if (++nodes > MOST_NODES) return
    if (typeof value !== 'object' || value === null) return
    if (depth > DEEPEST) return report(at, `a rule must not be deeper than ${DEEPEST}`)
    if (isList(value)) return visitAll(value, at, depth)

    const [operator, ...others] = Object.keys(value)
    if (operator === undefined || others.length > 0) return report(at, 'expected an object with exactly one operator')
    const inside = `${at}.${operator.slice(0, LONGEST_NAME)}`
    if (!Object.hasOwn(operators, operator)) {
      return report(inside, `unknown operator "${operator.slice(0, LONGEST_NAME)}"; known are ${Object.keys(operators).join(' ')}`)
    }
    const operand = value[operator] as Json
    const message = wrongCount(operator, operandsOf(operand).length)
    if (message) return report(inside, message)
    if (isList(operand)) visitAll(operand, inside, depth + 1)
    else visit(operand, inside, depth + 1)
  }

  const visitAll = (values: readonly Json[], at: string, depth: number): void => {
    for (const [index, value] of values.entries()) {
      visit(value, `${at}[${index}]`, depth + 1)
      if (nodes > MOST_NODES) return
    }
  }

  visit(rule, path, 1)
  if (nodes > MOST_NODES) report(path, `a rule must not have more than ${MOST_NODES} nodes`)
  return violations
}
