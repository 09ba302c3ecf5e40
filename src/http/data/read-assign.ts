import type { Attributes } from '../../assign/snapshot.ts'
import { checkJson } from '../json.ts'
import { parse } from '../violations.ts'
import { AssignBody, LONGEST_UNIT_BYTES, MOST_ATTRIBUTES } from './schemas.ts'

export type AssignInput = {
  readonly experiment: string | undefined
  readonly model: string | undefined
  readonly unit: string
  readonly attributes: Attributes
  readonly token: string | undefined
}

const noAttributes: Attributes = Object.freeze({})
const key = /^[a-z0-9][a-z0-9._-]{0,63}$/
/** Three bytes of UTF-8 a character at most, so shorter texts need no counting. */
const SURELY_FITS = Math.floor(LONGEST_UNIT_BYTES / 3)

const isKeyOrAbsent = (value: unknown): value is string | undefined =>
  value === undefined || (typeof value === 'string' && key.test(value))

/** Well-formed, not empty, short, and no NUL: what the store and the hash can tell from every other unit. */
const isUnit = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= SURELY_FITS && !value.includes('\0') && value.isWellFormed()

/** Attributes without nesting; others take the long way. */
const isFlat = (value: unknown): value is Attributes => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  let count = 0
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name]
    if (++count > MOST_ATTRIBUTES || name === '__proto__' || name.includes('\0') || !name.isWellFormed()) return false
    if (typeof member === 'number') {
      if (!Number.isFinite(member)) return false
    } else if (typeof member === 'string') {
      if (member.includes('\0') || !member.isWellFormed()) return false
    } else if (typeof member === 'object' && member !== null) return false
  }
  return true
}

/** The common case, read without a schema. Null for anything else, right or wrong. */
const readPlain = (body: unknown): AssignInput | null => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const fields = body as Record<string, unknown>
  for (const name in fields) {
    if (name !== 'experiment' && name !== 'unit' && name !== 'model' && name !== 'attributes' && name !== 'token') return null
  }
  const { experiment, model, unit, attributes, token } = fields
  if (!isUnit(unit) || !isKeyOrAbsent(experiment) || !isKeyOrAbsent(model)) return null
  if ((experiment === undefined) === (model === undefined)) return null
  if (token !== undefined && (typeof token !== 'string' || token.includes('\0') || !token.isWellFormed())) return null
  if (attributes !== undefined && !isFlat(attributes)) return null
  return { experiment, model, unit, attributes: attributes ?? noAttributes, token }
}

/**
 * The body of /assign. Most are read by hand, at a twentieth of a schema's price; whatever that does not accept
 * goes through the schema, which alone says what is wrong.
 *
 * @throws {ServiceError} as `checkJson` and `parse`
 */
export const readAssign = (body: unknown): AssignInput => {
  const plain = readPlain(body)
  if (plain) return plain
  checkJson(body)
  const { experiment, model, unit, attributes, token } = parse(AssignBody, body, { form: 'invalid_body', meaning: 'invalid_body' })
  return { experiment, model, unit, attributes: attributes ?? noAttributes, token }
}
