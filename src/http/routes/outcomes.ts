import type { Auth } from '../auth.ts'
import { hasMediaType, KB, MB, readText, requireMediaType } from '../body.ts'
import { readLines, readOutcomes } from '../data/batches.ts'
import { fastCall } from '../data/fast.ts'
import type { Outcomes } from '../data/outcomes.ts'
import { Accepted, AcceptedBatch, OutcomeBatchBody, OutcomeBody } from '../data/schemas.ts'
import { headersOf } from '../headers.ts'
import { parseJson } from '../json.ts'
import { fastRoute, rawRoute, type Route } from '../route.ts'

const NDJSON = 'application/x-ndjson'

/** POST /outcome and /outcome/batch: what happened after an assignment. Answered after the commit. */
export const outcomeRoutes = (auth: Auth, outcomes: Outcomes): Route[] => [
  fastRoute({
    method: 'post',
    path: '/outcome',
    scope: 'outcome',
    tag: 'Assignments and outcomes',
    summary: 'What happened after an assignment',
    description:
      'A 200 says that the outcome is stored. After a 503 or a lost connection send the same body again: it counts once. ' +
      'Several outcomes for one assignment need an `id` each.',
    body: OutcomeBody,
    limit: 256 * KB,
    responses: { 200: { description: 'stored', schema: Accepted } },
    fast: fastCall(auth, 'outcome', 256 * KB, (body) => outcomes.one(body)),
  }),
  rawRoute({
    method: 'post',
    path: '/outcome/batch',
    scope: 'outcome',
    tag: 'Assignments and outcomes',
    summary: 'Many outcomes at once',
    description: 'JSON, or NDJSON with one outcome a line. What is wrong with one is told at its index; the others are stored.',
    body: OutcomeBatchBody,
    alsoReads: { [NDJSON]: 'one outcome a line' },
    limit: 8 * MB,
    responses: { 200: { description: 'stored, but for the rejected', schema: AcceptedBatch } },
    serve: async (context) => {
      const header = headersOf(context)
      requireMediaType(header, ['application/json', NDJSON])
      const text = await readText(context.req.raw, header, 8 * MB)
      const bodies = hasMediaType(header, NDJSON) ? readLines(text) : readOutcomes(parseJson(text))
      return context.json(await outcomes.many(bodies))
    },
  }),
]
