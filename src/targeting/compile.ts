import { LogicEngine } from 'json-logic-engine'
import type { Json, Rule } from '../assign/snapshot.ts'
import { ServiceError } from '../errors.ts'
import { isTruthy, methods } from './operators.ts'
import { validateRule } from './validate.ts'

/** With an engine for each rule, its plan stays cached however many rules there are. */
const createEngine = (): LogicEngine => {
  const engine = new LogicEngine(methods, { disableInline: true, disableInterpretedOptimization: false })
  engine.truthy = isTruthy
  return engine
}

/**
 * Turn JSON Logic into a function of a unit's attributes. Interpreted: nothing is ever evaluated as code.
 * A rule that fails on some attributes (arithmetic on text, say) is false for them.
 *
 * @throws {ServiceError} `invalid_definition` when `validateRule` finds anything
 */
export const compileRule = (rule: Json): Rule => {
  const violations = validateRule(rule)
  if (violations.length > 0) throw new ServiceError('invalid_definition', 'the audience is not a rule', { violations })
  const own = structuredClone(rule)
  if (typeof own !== 'object' || own === null) return () => isTruthy(own)

  const engine = createEngine()
  return (attributes) => {
    try {
      return isTruthy(engine.run(own, attributes))
    } catch {
      return false
    }
  }
}
