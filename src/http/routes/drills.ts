import { z } from 'zod'
import { drillStates, DrillType, StartDrill } from '../../core/drills/drill.ts'
import type { ControlPlane, Deps } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'

const tag = 'Drills'
const Moment = z.iso.datetime().nullable()
const Ms = z.number().nullable()
export const Drill = z
  .object({
    id: z.int(), type: DrillType, state: z.enum(drillStates).describe('abandoned: its process ended in the middle'), actor: z.string(),
    startedAt: z.iso.datetime(), faultAt: Moment.describe('when the fault began'), detectedAt: Moment.describe('when the decision was taken that it had to lead to'),
    revertedAt: Moment.describe('when the node that ran it answered the old version again'), endedAt: Moment,
    timeToDetectMs: Ms, timeToRevertMs: Ms, units: z.int().describe('synthetic ones, sent so far'),
    decision: z.int().nullable().describe('its id: GET /api/decisions/{id}'), text: z.string().describe('what came out, or how far it is'),
  })
  .meta({ id: 'Drill' })
const Drills = z.object({ items: z.array(Drill), next: z.string().nullable().describe('cursor of the next page') })
const ById = z.object({ id: z.string().regex(/^\d{1,9}$/, 'expected the number of a drill') })

/** /api/drills: rehearsals of what protects. */
export const drillRoutes = ({ control, drills }: { control: Pick<ControlPlane, 'drills'> } & Pick<Deps, 'drills'>): Route[] => [
  route({
    method: 'post', path: '/api/drills', scope: 'operate', tag, summary: 'Rehearse what protects',
    description:
      'Makes a model that nobody sees, sends it traffic, lets something go wrong, and watches what the engine does about it: how long until the decision is in ' +
      'the ledger, and until this node answers the old version. It takes a minute or two; read it by its id until `state` is not `running`. One at a time.',
    body: StartDrill.meta({ id: 'StartDrill', examples: [{ type: 'rollback' }] }),
    responses: { 202: { description: 'begun', schema: Drill } },
    handle: async ({ body, principal }) => {
      if (!drills) throw new ServiceError('conflict', 'drills run on Node, not at the edge')
      const drill = await drills.start(body, principal.id)
      return { status: 202, body: drill, headers: { location: `/api/drills/${drill.id}` } }
    },
  }),
  route({
    method: 'get', path: '/api/drills', scope: 'read', tag, summary: 'List drills', query: Paging,
    responses: { 200: { description: 'a page, the newest first', schema: Drills } },
    handle: async ({ query }) => pageAnswer(await control.drills.list(pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/drills/{id}', scope: 'read', tag, summary: 'How far it is, and what came out', params: ById,
    responses: { 200: { description: 'the drill', schema: Drill } },
    handle: async ({ path }) => ({ body: await control.drills.get(Number(path.id)) }),
  }),
]
