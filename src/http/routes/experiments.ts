import { z } from 'zod'
import { Action, Key } from '../../core/define/definitions.ts'
import { DraftExperiment } from '../../core/define/presets.ts'
import type { ControlPlane } from '../../deps.ts'
import { invalid } from '../../errors.ts'
import { MB } from '../body.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'
import { DecisionDetail, Decisions, Replay } from '../views/decisions.ts'
import { ActionDone, Epochs, Experiment, Experiments } from '../views/experiments.ts'

const tag = 'Experiments'
const ByKey = z.object({ key: Key })
const Definition = DraftExperiment.meta({ id: 'CreateExperiment' })
/** Audiences are rules, nested as deep as rules may be. */
const rules = ['audience', 'stages.steps.audience']

/** /api/experiments: drafts, and what becomes of them. */
export const experimentRoutes = ({ experiments }: Pick<ControlPlane, 'experiments'>): Route[] => [
  route({
    method: 'post', path: '/api/experiments', scope: 'define', tag, summary: 'Create a draft', body: Definition, definition: true, limit: MB, rules,
    responses: { 201: { description: 'the draft', schema: Experiment } },
    handle: async ({ body }) => ({ status: 201, body: await experiments.create(body) }),
  }),
  route({
    method: 'get', path: '/api/experiments', scope: 'read', tag, summary: 'List experiments', query: Paging,
    responses: { 200: { description: 'a page, the newest first', schema: Experiments } },
    handle: async ({ query }) => pageAnswer(await experiments.list(pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/experiments/{key}', scope: 'read', tag, summary: 'Read an experiment', params: ByKey,
    responses: { 200: { description: 'the experiment', schema: Experiment } },
    handle: async ({ path }) => ({ body: await experiments.get(path.key) }),
  }),
  route({
    method: 'put', path: '/api/experiments/{key}', scope: 'define', tag, summary: 'Replace a draft', params: ByKey, body: Definition,
    definition: true, limit: MB, rules,
    responses: { 200: { description: 'the draft', schema: Experiment } },
    handle: async ({ path, body }) => {
      if (body.key !== path.key) throw invalid('invalid_definition', 'key', `must be "${path.key}", as in the address`)
      return { body: await experiments.replace(path.key, body) }
    },
  }),
  route({
    method: 'delete', path: '/api/experiments/{key}', scope: 'define', tag, summary: 'Delete a draft', params: ByKey,
    responses: { 204: { description: 'deleted' } },
    handle: async ({ path }) => {
      await experiments.remove(path.key)
      return {}
    },
  }),
  route({
    method: 'post', path: '/api/experiments/{key}/actions', scope: 'operate', tag, summary: 'Start, pause, ramp, promote, kill, roll back, roll through, fall back, stop …',
    description: 'The same words, path and ledger as the engine uses for its own decisions. Of two at once one is `stale`. `ramp` goes to the next step, ' +
      'after the last to the next stage, whatever time, numbers and evidence say, but never past a gate: `approve` opens the one before what comes next, `reject` shuts it. ' +
      '`rollback` ends the experiment and locks what was rolled back; `roll-through` kills and locks the candidates with traffic and hands that to `policy.next`; `fallback` takes the control out, ' +
      'and the first healthy of `fallbacks`, else the champion before, serves instead until `enable` with the control’s key. A model’s champion is replaced by PUT /api/models/{key}/champion.',
    params: ByKey, body: Action.meta({ id: 'Action' }),
    responses: { 200: { description: 'done', schema: ActionDone } },
    handle: async ({ path, body, principal }) => ({ body: await experiments.act(path.key, body, principal.id) }),
  }),
  route({
    method: 'get', path: '/api/experiments/{key}/epochs', scope: 'read', tag, summary: 'What traffic was in force, when', params: ByKey,
    query: Paging,
    responses: { 200: { description: 'a page, the latest first', schema: Epochs } },
    handle: async ({ path, query }) => pageAnswer(await experiments.epochs(path.key, pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/experiments/{key}/decisions', scope: 'read', tag, summary: 'The ledger of an experiment', params: ByKey,
    query: Paging,
    responses: { 200: { description: 'a page, the latest first', schema: Decisions } },
    handle: async ({ path, query }) => pageAnswer(await experiments.decisions(path.key, pageRequest(query))),
  }),
]

const ById = z.object({ id: z.coerce.number('expected a number').int().min(1).max(Number.MAX_SAFE_INTEGER) })

/** /api/decisions/{id}: one entry of the ledger, and the same taken again. */
export const decisionRoutes = ({ decisions }: Pick<ControlPlane, 'decisions'>): Route[] => [
  route({
    method: 'get', path: '/api/decisions/{id}', scope: 'read', tag, summary: 'Read a decision',
    description: 'The entry with its evidence, and where its analysis, its replay and its post-mortem are.',
    params: ById,
    responses: { 200: { description: 'the entry', schema: DecisionDetail } },
    handle: async ({ path }) => ({ body: await decisions.get(path.id) }),
  }),
  route({
    method: 'get', path: '/api/decisions/{id}/replay', scope: 'read', tag, summary: 'Take a decision again',
    description: 'Analyses and decides anew from the inputs that were stored with the decision, by the rules of this version; a person’s ' +
      'action is planned anew. Also checks that neither the entry nor its inputs were changed.',
    params: ById,
    responses: { 200: { description: 'the same, or every field that differs', schema: Replay } },
    handle: async ({ path }) => ({ body: await decisions.replay(path.id) }),
  }),
]
