import { ServiceError, type Violation } from '../errors.ts'

/** How deep data may be nested; rules are measured by themselves. */
const DEEPEST = 16
const DEEPEST_RULE = 64

const at = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${key}]`
  return path === '' ? key : `${path}.${key}`
}

const refuse = (code: ServiceError['code'], path: string, message: string): never => {
  const violation: Violation = { path, message }
  throw new ServiceError(code, path === '' ? message : `${path}: ${message}`, { violations: [violation] })
}

const checkText = (text: string, path: string): void => {
  if (text.includes('\0')) refuse('invalid_text', path, 'holds NUL, which can not be stored')
  if (!text.isWellFormed()) refuse('invalid_text', path, 'holds half of a surrogate pair')
}

const checkKey = (key: string, path: string): void => {
  if (key === '__proto__') refuse('invalid_body', path, 'may not be named __proto__')
  checkText(key, path)
}

type Depths = { data: number; rules: readonly string[] }

const walk = (value: unknown, path: string, depth: number, depths: Depths): void => {
  if (typeof value === 'string') return checkText(value, path)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse('not_finite', path, 'is beyond what a number can hold')
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth >= depths.data) refuse('too_deep', path, `nested more than ${depths.data} deep`)
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) walk(value[index], at(path, index), depth + 1, depths)
    return
  }
  for (const [key, member] of Object.entries(value)) {
    const place = at(path, key)
    checkKey(key, place)
    if (depths.rules.length > 0 && depths.rules.includes(place.replaceAll(/\[\d+\]/g, ''))) walkRule(member, place)
    else walk(member, place, depth + 1, depths)
  }
}

/** A rule that is too deep is a bad definition, not a bad document. */
const walkRule = (rule: unknown, path: string): void => {
  try {
    walk(rule, path, 0, { data: DEEPEST_RULE, rules: [] })
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'too_deep') throw error
    refuse('invalid_definition', path, `a rule may be nested at most ${DEEPEST_RULE} deep`)
  }
}

/**
 * Refuse what no store or hash of ours can keep: NUL, half surrogates, infinities, `__proto__`, endless nesting.
 *
 * @param rules paths of fields that hold a rule, which may be nested deeper; of members of lists without their place: `stages.steps.audience`
 */
export const checkJson = (value: unknown, rules: readonly string[] = []): void => walk(value, '', 0, { data: DEEPEST, rules })

/** @throws {ServiceError} malformed_json */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = text.trim() === '' ? 'the body is empty' : (error as Error).message.replace(/, ?"[\s\S]*$/, '')
    throw new ServiceError('malformed_json', `expected JSON: ${reason}`)
  }
}
