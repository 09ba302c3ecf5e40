import { z } from 'zod'
import { CreateExperiment, Key } from '../../core/define/definitions.ts'
import { SimulationRequest, SimulationResult } from '../../core/simulate/request.ts'
import type { ControlPlane } from '../../deps.ts'
import { MB } from '../body.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'

const tag = 'Planning'
const Time = z.iso.datetime()
const Simulation = z
  .object({
    id: z.uuid(),
    state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    actor: z.string(),
    request: SimulationRequest.extend({ experiment: z.union([Key, CreateExperiment]) }),
    progress: z.object({ done: z.int(), total: z.int() }).describe('runs'),
    result: SimulationResult.nullable(),
    error: z.string().nullable(),
    createdAt: Time, startedAt: Time.nullable(), endedAt: Time.nullable(),
  })
  .meta({ id: 'Simulation' })
const Simulations = z.object({ items: z.array(Simulation), next: z.string().nullable().describe('cursor of the next page') })
const ById = z.object({ id: z.string().max(64) })

/** From 10 % to 12 % of units, with 2,000 new units a day: shown in the documentation, and run as it stands there. */
export const simulationExample = {
  experiment: {
    key: 'new-summaries', model: 'summarizer', unguarded: true,
    variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
    metrics: [{ metric: 'liked', role: 'decision', smallestEffect: 0.02 }],
    stages: [{ allocation: 'fixed' }],
  },
  traffic: { unitsPerDay: 2_000 },
  truth: { liked: { baseline: 0.1, effects: { new: 0.02 } } },
  runs: 100,
}

/** /api/simulations: what a policy would do with this traffic and these effects. */
export const simulationRoutes = ({ simulations }: Pick<ControlPlane, 'simulations'>): Route[] => [
  route({
    method: 'post', path: '/api/simulations', scope: 'define', tag, summary: 'Simulate a policy before it starts',
    description:
      'Runs the experiment many times in a world where you know the truth, with the same analysis and the same rules as the engine, and ' +
      'answers how often it would do the wrong thing and when it would decide. It runs in the background: read it by its id until `state` ' +
      'is `done`. What could not be finished is refused. Example: `' + JSON.stringify(simulationExample) + '`',
    body: SimulationRequest.meta({ id: 'SimulationRequest', examples: [simulationExample] }), definition: true, limit: MB, rules: ['experiment'],
    responses: { 202: { description: 'queued', schema: Simulation } },
    handle: async ({ body, principal }) => {
      const made = await simulations.create(body, principal.id)
      return { status: 202, body: made, headers: { location: `/api/simulations/${made.id}` } }
    },
  }),
  route({
    method: 'get', path: '/api/simulations', scope: 'read', tag, summary: 'List simulations', query: Paging,
    responses: { 200: { description: 'a page, the newest first', schema: Simulations } },
    handle: async ({ query }) => pageAnswer(await simulations.list(pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/simulations/{id}', scope: 'read', tag, summary: 'How far it is, and what came out', params: ById,
    responses: { 200: { description: 'the simulation', schema: Simulation } },
    handle: async ({ path }) => ({ body: await simulations.get(path.id) }),
  }),
  route({
    method: 'delete', path: '/api/simulations/{id}', scope: 'define', tag, summary: 'Cancel', params: ById,
    responses: { 200: { description: 'cancelled', schema: Simulation } },
    handle: async ({ path }) => ({ body: await simulations.cancel(path.id) }),
  }),
]
