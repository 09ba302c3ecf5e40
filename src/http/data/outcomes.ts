import type { AttributedOutcome, Deps, OutcomeResult } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { toServiceError } from '../problem.ts'
import type { Attribute } from './attribute.ts'
import type { BreakerFeed } from './breaker-feed.ts'
import { readOutcome } from './read-outcome.ts'

export type Reported = { [result in OutcomeResult | 'rejected']: number }

const accepted = '{"accepted":1,"duplicates":0}'
const duplicate = '{"accepted":0,"duplicates":1}'

const conflict = (): ServiceError =>
  new ServiceError('id_conflict', 'this id and revision were reported with another body', {
    violations: [{ path: 'id', message: 'was reported with another body; raise the revision to correct it' }],
  })

export type Outcomes = {
  /** One outcome; the answer's JSON, after the commit. */
  one(body: unknown): Promise<string>
  /** Many, each for itself: what is wrong with one is told at its index. A `ServiceError` in place of a body is its rejection. */
  many(bodies: readonly unknown[]): Promise<{ accepted: number; duplicates: number; rejected: Rejected[] }>
  /** How many outcomes ended how, since the start. */
  readonly reported: Reported
}

export type Rejected = { index: number; code: string; message: string }

export const createOutcomes = (deps: Pick<Deps, 'ingest' | 'deliveries'>, attribute: Attribute, feed: BreakerFeed): Outcomes => {
  const reported: Reported = { accepted: 0, late: 0, crossed: 0, duplicate: 0, id_conflict: 0, rejected: 0 }

  const read = async (body: unknown): Promise<AttributedOutcome> => {
    if (body instanceof ServiceError) throw body
    return attribute(readOutcome(body))
  }

  /** Count what was refused; what could not be stored for now is sent again, and no refusal. */
  const refused = (error: unknown, scope: number | null): void => {
    if (!(error instanceof ServiceError)) return
    if (error.code !== 'id_conflict') reported.rejected++
    if (error.code !== 'unavailable' && error.code !== 'internal') deps.deliveries.count(scope ?? attribute.scopeOf(error), error.code)
  }

  const one = async (body: unknown): Promise<string> => {
    let scope: number | null = null
    try {
      const read = attribute(readOutcome(body))
      const attributed = read instanceof Promise ? await read : read
      scope = attributed.assignment.scope
      const result = await deps.ingest.outcome(attributed)
      reported[result]++
      if (result === 'id_conflict') throw conflict()
      deps.deliveries.count(scope, result)
      if (result === 'accepted') feed(attributed)
      return result === 'duplicate' ? duplicate : accepted
    } catch (error) {
      refused(error, scope)
      throw error
    }
  }

  return {
    reported,
    one,
    async many(bodies) {
      const rejected: Rejected[] = []
      const reject = (index: number, error: unknown, scope: number | null = null): void => {
        const known = toServiceError(error)
        // the database being away is nobody's item: the whole batch is to be sent again
        if (known.code === 'internal' || known.code === 'unavailable') throw error
        refused(error, scope)
        rejected.push({ index, code: known.code, message: known.message })
      }
      const outcomes: AttributedOutcome[] = []
      const indexes: number[] = []
      for (let index = 0; index < bodies.length; index++) {
        try {
          outcomes.push(await read(bodies[index]))
          indexes.push(index)
        } catch (error) {
          reject(index, error)
        }
      }
      const results = outcomes.length === 0 ? [] : await deps.ingest.outcomes(outcomes)
      let [acceptedCount, duplicates] = [0, 0]
      for (const [position, result] of results.entries()) {
        const { scope } = outcomes[position]!.assignment
        if (result instanceof ServiceError) {
          reject(indexes[position]!, result, scope)
          continue
        }
        reported[result]++
        if (result === 'id_conflict') {
          reject(indexes[position]!, conflict(), scope)
          continue
        }
        deps.deliveries.count(scope, result)
        if (result === 'accepted') feed(outcomes[position]!)
        if (result === 'duplicate') duplicates++
        else acceptedCount++
      }
      return { accepted: acceptedCount, duplicates, rejected: rejected.toSorted((a, b) => a.index - b.index) }
    },
  }
}
