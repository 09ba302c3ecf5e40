import { z } from 'zod'
import { type ErrorCode, ServiceError, type Violation } from '../errors.ts'
import { closest } from '../core/define/closest.ts'
import { wordsOf } from './violation-words.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** `metrics[0].margin` */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')

/** The schema inside optional, default and the like. */
const unwrap = (schema: unknown): z.ZodType => {
  let inner = schema as z.ZodType
  for (;;) {
    const { def } = inner as unknown as { def: { innerType?: z.ZodType; in?: z.ZodType } }
    const next = def.innerType ?? def.in
    if (!next) return inner
    inner = next
  }
}

const alternatives = (schema: z.ZodType): z.ZodType[] =>
  schema instanceof z.ZodUnion ? schema.options.flatMap((option) => alternatives(unwrap(option))) : [schema]

/** The fields that an object at `path` may have, over all alternatives. */
const fieldsAt = (schema: z.ZodType, path: Path): string[] => {
  let here = alternatives(unwrap(schema))
  for (const part of path) {
    here = here.flatMap((one) => {
      const { shape, element, valueType } = one as unknown as {
        shape?: Record<string, z.ZodType>
        element?: z.ZodType
        valueType?: z.ZodType
      }
      const next = typeof part === 'number' ? element : (shape?.[String(part)] ?? valueType)
      return next ? alternatives(unwrap(next)) : []
    })
  }
  return here.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []))
}

/** Of a union's complaints, those of the alternative that the input came closest to: it fits longest. */
const nearest = (issue: z.core.$ZodIssueInvalidUnion): Issue[] => {
  const reach = (issues: readonly Issue[]): number => Math.max(...issues.map((one) => one.path.length * 10 - issues.length))
  const [best] = issue.errors.filter((issues) => issues.length > 0).toSorted((a, b) => reach(b) - reach(a))
  return (best ?? []).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
}

const flatten = (issues: readonly Issue[]): Issue[] =>
  issues.flatMap((issue) =>
    issue.code === 'invalid_union' && issue.errors.some((errors) => errors.length > 0) ? flatten(nearest(issue)) : [issue],
  )

const violationsOf = (issue: Issue, schema: z.ZodType): Violation[] => {
  if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), message: wordsOf(issue) }]
  const known = fieldsAt(schema, issue.path)
  return issue.keys.map((key) => {
    const near = closest(key, known)
    return { path: pathText([...issue.path, key]), message: `unknown field${near === null ? '' : `; did you mean "${near}"?`}` }
  })
}

/** Right in form, wrong in meaning: a number out of its range, a list of the wrong length, a rule between fields. */
const isMeaning = (issue: Issue): boolean => {
  if (issue.code === 'custom') return true
  return (issue.code === 'too_small' || issue.code === 'too_big') && issue.origin !== 'string'
}

const codeOf = (issues: readonly Issue[], wrongForm: ErrorCode, wrongMeaning: ErrorCode): ErrorCode => {
  if (issues.some((issue) => issue.code === 'unrecognized_keys')) return wrongForm === 'invalid_body' ? 'unknown_field' : wrongForm
  return issues.every(isMeaning) ? wrongMeaning : wrongForm
}

const detailOf = (violations: readonly Violation[]): string => {
  const [first] = violations
  if (!first) return 'the input is not what is expected'
  const rest = violations.length > 1 ? ` (and ${violations.length - 1} more)` : ''
  return `${first.path === '' ? '' : `${first.path}: `}${first.message}${rest}`
}

export type Codes = { form: ErrorCode; meaning: ErrorCode }

/** What zod found wrong, as the one error that callers see. */
export const toViolations = (error: z.ZodError, schema: z.ZodType, codes: Codes): ServiceError => {
  const issues = flatten(error.issues)
  const unknownFirst = issues.toSorted(
    (a, b) => Number(b.code === 'unrecognized_keys') - Number(a.code === 'unrecognized_keys'),
  )
  const violations = unknownFirst.flatMap((issue) => violationsOf(issue, schema)).slice(0, 20)
  return new ServiceError(codeOf(issues, codes.form, codes.meaning), detailOf(violations), { violations })
}

/** Parse with a schema, or throw what is wrong. */
export const parse = <T extends z.ZodType>(schema: T, value: unknown, codes: Codes): z.output<T> => {
  const result = schema.safeParse(value, { reportInput: true })
  if (!result.success) throw toViolations(result.error, schema, codes)
  return result.data
}
