import { invalid } from '../../errors.ts'
import { checkJson } from '../json.ts'
import { parse } from '../violations.ts'
import { LARGEST_REVISION, LONGEST_ID, MOST_MEASURES, OutcomeBody } from './schemas.ts'

export type OutcomeInput = {
  readonly token: string | undefined
  readonly experiment: string | undefined
  readonly unit: string | undefined
  /** Finite; booleans are 0 and 1, and −0 is 0. */
  readonly measures: Readonly<Record<string, number>>
  readonly id: string | undefined
  readonly revision: number
  /** As given; null when the moment of arrival counts. */
  readonly at: string | null
}

const measureName = /^[a-z][a-z0-9_]{0,63}$/

/** Plain numbers by measure, or null where the schema has to look. */
const readMeasures = (value: unknown): Record<string, number> | null => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const measures: Record<string, number> = {}
  let count = 0
  for (const name in value) {
    const given = (value as Record<string, unknown>)[name]
    if (++count > MOST_MEASURES || !measureName.test(name)) return null
    if (typeof given === 'number') {
      if (!Number.isFinite(given)) return null
      measures[name] = given + 0 // −0 + 0 is 0
    } else if (typeof given === 'boolean') measures[name] = given ? 1 : 0
    else return null
  }
  return count > 0 ? measures : null
}

/** The common case, a token without `at`, read without a schema. Null for anything else, right or wrong. */
const readPlain = (body: unknown): OutcomeInput | null => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const fields = body as Record<string, unknown>
  for (const name in fields) {
    if (name !== 'token' && name !== 'measures' && name !== 'id' && name !== 'revision') return null
  }
  const { token, id, revision = 0 } = fields
  if (typeof token !== 'string' || !token.isWellFormed() || token.includes('\0')) return null
  if (id !== undefined) {
    if (typeof id !== 'string' || id.length < 1 || id.length > LONGEST_ID || id.includes('\0') || !id.isWellFormed()) return null
  }
  if (typeof revision !== 'number' || !Number.isInteger(revision) || revision < 0 || revision > LARGEST_REVISION) return null
  const measures = readMeasures(fields['measures'])
  return measures && { token, experiment: undefined, unit: undefined, measures, id, revision, at: null }
}

/**
 * The body of /outcome: by hand where it is plain, else by the schema, which alone says what is wrong.
 *
 * @throws {ServiceError} as `checkJson` and `parse`
 */
export const readOutcome = (body: unknown): OutcomeInput => {
  const plain = readPlain(body)
  if (plain) return plain
  checkJson(body)
  const { token, experiment, unit, measures, id, revision = 0, at = null } = parse(OutcomeBody, body, {
    form: 'invalid_body',
    meaning: 'invalid_body',
  })
  const numbers = readMeasures(measures)
  if (!numbers) throw invalid('invalid_body', 'measures', 'expected numbers or booleans by name')
  return { token, experiment, unit, measures: numbers, id, revision: revision + 0, at }
}
