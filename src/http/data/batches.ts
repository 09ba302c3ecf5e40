import { z } from 'zod'
import { ServiceError } from '../../errors.ts'
import { parseJson } from '../json.ts'
import { toServiceError } from '../problem.ts'
import { parse } from '../violations.ts'
import type { Assigner } from './assigner.ts'
import { readAssign } from './read-assign.ts'
import { MOST_OUTCOMES, MOST_REQUESTS } from './schemas.ts'

const codes = { form: 'invalid_body', meaning: 'invalid_body' } as const
/** Only the envelope: each item is checked for itself, so that a bad one harms no other. */
const Requests = z.strictObject({ requests: z.array(z.unknown()).min(1).max(MOST_REQUESTS) })
const OutcomeList = z.strictObject({ outcomes: z.array(z.unknown()).min(1).max(MOST_OUTCOMES) })

export const readRequests = (body: unknown): unknown[] => parse(Requests, body, codes).requests
export const readOutcomes = (body: unknown): unknown[] => parse(OutcomeList, body, codes).outcomes

/** One answer or error for each request, in order, as JSON text. */
export const assignMany = async (assigner: Assigner, requests: readonly unknown[]): Promise<string> => {
  const one = async (request: unknown): Promise<string> => {
    try {
      return await assigner.assign(readAssign(request))
    } catch (error) {
      const known = toServiceError(error)
      if (known.code === 'internal' || known.code === 'unavailable') throw error
      return JSON.stringify({ error: { code: known.code, message: known.message } })
    }
  }
  return `{"results":[${(await Promise.all(requests.map(one))).join(',')}]}`
}

/** The JSON of one line, or what is wrong with it. */
const readLine = (line: string): unknown => {
  try {
    return parseJson(line)
  } catch (error) {
    return error as ServiceError
  }
}

/**
 * NDJSON: one outcome a line, an index a line; the last line needs no end. A line that is no JSON stands for
 * its own rejection.
 *
 * @throws {ServiceError} invalid_body for no line or too many
 */
export const readLines = (text: string): unknown[] => {
  const lines = text.split('\n')
  if (lines.at(-1)?.trim() === '') lines.pop()
  if (lines.length < 1 || lines.length > MOST_OUTCOMES) {
    throw new ServiceError('invalid_body', `expected 1 to ${MOST_OUTCOMES} lines, got ${lines.length}`)
  }
  return lines.map(readLine)
}
