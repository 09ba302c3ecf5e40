import type { Auth } from '../auth.ts'
import { KB, MB } from '../body.ts'
import type { Assigner } from '../data/assigner.ts'
import { assignMany, readRequests } from '../data/batches.ts'
import { fastCall } from '../data/fast.ts'
import { readAssign } from '../data/read-assign.ts'
import { AssignBatchBody, AssignBody, Assigned, AssignedBatch } from '../data/schemas.ts'
import { fastRoute, type Route } from '../route.ts'

/** POST /assign and /assign/batch: which version serves a unit, and why. */
export const assignmentRoutes = (auth: Auth, assigner: Assigner): Route[] => [
  fastRoute({
    method: 'post',
    path: '/assign',
    scope: 'assign',
    tag: 'Assignments and outcomes',
    summary: 'Which version serves this unit?',
    description:
      'Ask before each inference. By `experiment`, or by `model`: then the running experiment that takes the unit, else the champion. ' +
      'Keep the token for the outcome. With `first-touch` send the last token along: it stands in when counters are away.',
    body: AssignBody,
    limit: 64 * KB,
    responses: { 200: { description: 'the version to use, and why', schema: Assigned } },
    fast: fastCall(auth, 'assign', 64 * KB, (body) => assigner.assign(readAssign(body))),
  }),
  fastRoute({
    method: 'post',
    path: '/assign/batch',
    scope: 'assign',
    tag: 'Assignments and outcomes',
    summary: 'Many assignments at once',
    body: AssignBatchBody,
    limit: 8 * MB,
    responses: { 200: { description: 'one result a request, in order; an error where a request was wrong', schema: AssignedBatch } },
    fast: fastCall(auth, 'assign', 8 * MB, (body) => assignMany(assigner, readRequests(body))),
  }),
]
