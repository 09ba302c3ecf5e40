import { MB } from '../body.ts'
import { Exposed, ExposuresBody, type ExposureBody } from '../data/schemas.ts'
import { toServiceError } from '../problem.ts'
import { route, type Route } from '../route.ts'

/** POST /exposures: what clients that evaluate locally have assigned. */
export const exposureRoutes = (expose: (exposure: ExposureBody) => string): Route[] => [
  route({
    method: 'post',
    path: '/exposures',
    scope: 'assign',
    tag: 'Local evaluation',
    summary: 'Report assignments that were made locally',
    description: 'Each is made again in the epoch it names; one that differs is refused. Answers the tokens for their outcomes; of shadows there are none here, POST /assign lists them.',
    body: ExposuresBody,
    limit: 8 * MB,
    responses: { 200: { description: 'a token or an error for each, in order', schema: Exposed } },
    handle: ({ body }) => ({ body: { results: body.exposures.map((exposure) => tokenOrError(expose, exposure)) } }),
  }),
]

const tokenOrError = (expose: (exposure: ExposureBody) => string, exposure: ExposureBody) => {
  try {
    return { token: expose(exposure) }
  } catch (error) {
    const { code, message } = toServiceError(error)
    if (code === 'internal') throw error
    return { error: { code, message } }
  }
}
