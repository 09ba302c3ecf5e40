import { defaultMethods } from 'json-logic-engine'

/** How many operands an operator takes. */
export type Arity = { readonly least: number; readonly most: number }

const between = (least: number, most: number): Arity => ({ least, most })

/** Every operator a rule may use. Nothing else exists for the interpreter either. */
export const operators: Readonly<Record<string, Arity>> = {
  '==': between(2, 2), '===': between(2, 2), '!=': between(2, 2), '!==': between(2, 2),
  '<': between(2, 3), '<=': between(2, 3), '>': between(2, 2), '>=': between(2, 2),
  '!': between(1, 1), '!!': between(1, 1),
  and: between(1, Infinity), or: between(1, Infinity), if: between(1, Infinity),
  in: between(2, 2), some: between(2, 2), all: between(2, 2), none: between(2, 2),
  var: between(0, 2), missing: between(1, Infinity), missing_some: between(2, 2),
  '+': between(1, Infinity), '-': between(1, 2), '*': between(1, Infinity), '/': between(2, 2), '%': between(2, 2),
  min: between(1, Infinity), max: between(1, Infinity),
  cat: between(1, Infinity), substr: between(2, 3),
}

type Engine = { run(logic: unknown, data: unknown): unknown; truthy(value: unknown): unknown }

/** JSON Logic's own truthiness: as in JavaScript, but the empty array is false. */
export const isTruthy = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value))

/** Descend by own properties only, so `__proto__` and `constructor` are as absent as any other name. */
const step = (from: unknown, name: string): unknown =>
  typeof from === 'object' && from !== null && Object.hasOwn(from, name)
    ? (from as Record<string, unknown>)[name]
    : undefined

const find = (context: unknown, path: string): unknown =>
  path.includes('.') ? path.split('.').reduce(step, context) : step(context, path)

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === ''

const readVariable = ([path, otherwise = null]: unknown[], context: unknown): unknown => {
  const value = isBlank(path) ? context : find(context, String(path))
  return value === undefined ? otherwise : value
}

/** As json-logic-js: the names may be given one by one, or as one list. */
const listMissing = (operands: unknown[], context: unknown): unknown[] => {
  const names = Array.isArray(operands[0]) ? operands[0] : operands
  return names.filter((name) => isBlank(find(context, String(name))))
}

const listMissingSome = ([needed, names]: unknown[], context: unknown): unknown[] => {
  if (!Array.isArray(names)) return []
  const missing = listMissing([names], context)
  return names.length - missing.length >= Number(needed) ? [] : missing
}

type Method = (operands: unknown[], context: unknown, above: unknown, engine: Engine) => unknown

/** Only real arrays are walked: an attribute `{length: 1e9}` must not keep a server busy. */
const items = ([list]: unknown[], context: unknown, engine: Engine): unknown[] => {
  const value = engine.run(list, context)
  return Array.isArray(value) ? value : []
}

const some: Method = (operands, context, _, engine) =>
  items(operands, context, engine).some((item) => engine.truthy(engine.run(operands[1], item)))

const all: Method = (operands, context, _, engine) => {
  const list = items(operands, context, engine)
  return list.length > 0 && list.every((item) => engine.truthy(engine.run(operands[1], item)))
}

/** Compared as JavaScript does, which is what the JSON Logic tests pin: "1" == 1, and "x" == 1 is just false. */
type Comparable = string | number
const compare = (holds: (a: Comparable, b: Comparable) => boolean): Method => (operands) => {
  const values = operands as Comparable[]
  return values.slice(1).every((value, index) => holds(values[index] as Comparable, value))
}

const eager = (method: Method): object => ({ method, deterministic: false })
const lazy = (method: Method): object => ({ method, deterministic: false, lazy: true })

/** From the library where its meaning is the classic one; ours where input could do harm or would throw. */
export const methods: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(Object.keys(operators).map((name) => [name, (defaultMethods as Record<string, unknown>)[name]])),
  var: { ...eager(readVariable), optimizeUnary: false },
  missing: eager(listMissing),
  missing_some: eager(listMissingSome),
  some: lazy(some),
  all: lazy(all),
  none: lazy((operands, context, above, engine) => !some(operands, context, above, engine)),
  // oxlint-disable-next-line eqeqeq
  '==': eager(compare((a, b) => a == b)),
  // oxlint-disable-next-line eqeqeq
  '!=': eager(compare((a, b) => a != b)),
  '===': eager(compare((a, b) => a === b)),
  '!==': eager(compare((a, b) => a !== b)),
  '<': eager(compare((a, b) => a < b)),
  '<=': eager(compare((a, b) => a <= b)),
  '>': eager(compare((a, b) => a > b)),
  '>=': eager(compare((a, b) => a >= b)),
}
