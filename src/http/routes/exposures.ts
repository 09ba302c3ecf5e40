import { MB } from '../body.ts'
import type { createExposer } from '../data/exposer.ts'
import { Exposed, ExposuresBody, type ExposureBody } from '../data/schemas.ts'
import { toServiceError } from '../problem.ts'
import { route, type Route } from '../route.ts'

type Expose = ReturnType<typeof createExposer>

/** POST /exposures: what clients that evaluate locally have assigned. */
export const exposureRoutes = (expose: Expose): Route[] => [
  route({
    method: 'post',
    path: '/exposures',
    scope: 'assign',
    tag: 'Local evaluation',
    summary: 'Report assignments that were made locally',
    description: 'Each is made again in the epoch it names; one that differs is refused. Answers the tokens for their outcomes, and who is to be called as well, as POST /assign does: by the same hash and `sampleRate` that the snapshot tells.',
    body: ExposuresBody,
    limit: 8 * MB,
    responses: { 200: { description: 'a token with its shadows, or an error, for each, in order', schema: Exposed } },
    handle: ({ body }) => ({ body: { results: body.exposures.map((exposure) => tokenOrError(expose, exposure)) } }),
  }),
]

const tokenOrError = (expose: Expose, exposure: ExposureBody) => {
  try {
    return expose(exposure)
  } catch (error) {
    const { code, message } = toServiceError(error)
    if (code === 'internal') throw error
    return { error: { code, message } }
  }
}
