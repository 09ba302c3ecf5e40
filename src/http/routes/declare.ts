import { z } from 'zod'
import { Declared, type DeclaredStep } from '../../core/declare/declared.ts'
import { CreateExperiment, Key } from '../../core/define/definitions.ts'
import type { ControlPlane } from '../../deps.ts'
import { MB } from '../body.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'
import { Decisions } from '../views/decisions.ts'

const tag = 'Declarations'

const Step = z
  .object({
    kind: z.enum(['metric', 'model', 'version', 'experiment']),
    key: z.string().describe('of a version `model/version`'),
    does: z.enum(['create', 'change', 'nothing', 'drift']).describe('`drift`: it differs and cannot be made the same'),
    fields: z.array(z.string()).describe('what differs'),
    why: z.string().nullable().describe('why it cannot be made the same'),
    at: z.string().describe('where it stands in the declaration'),
  } satisfies Record<keyof DeclaredStep, z.ZodType>)
  .meta({ id: 'DeclaredStep' })

const Applied = z
  .object({ steps: z.array(Step), tag: z.string().describe('the ETag: of everything that the declaration names'), applied: z.boolean() })
  .meta({ id: 'AppliedDeclaration' })

const Declaration = Declared.meta({ id: 'Declaration' })
/** What is there has stages, whatever name was given for them. */
const Exported = Declared.extend({ experiments: z.array(CreateExperiment).optional() }).meta({ id: 'ExportedDeclaration' })

/** `"abc"`, or `abc`, or `*` for anything. */
const expectedOf = (header: string | undefined): string | null => {
  const text = header?.trim().replace(/^(W\/)?"(.*)"$/, '$2') ?? ''
  return text === '' || text === '*' ? null : text
}

/** What a team keeps in files: /api/apply and /api/export; and everything that happened to a model, to be kept elsewhere. */
export const declareRoutes = ({ declarations, models }: Pick<ControlPlane, 'declarations' | 'models'>): Route[] => [
  route({
    method: 'post', path: '/api/apply', scope: 'define', tag, summary: 'Make what a file declares true, all of it or nothing',
    description:
      'Metrics, models with their versions, and experiments (as drafts) are created, or changed where they may; nothing is deleted or started. ' +
      'The same declaration again does nothing. `dryRun=true` only tells what would happen; its ETag, sent as `If-Match`, makes sure that just that happens. ' +
      'What differs and cannot be changed is drift: then nothing is applied. Changing what a model serves needs the scope operate, too.',
    query: z.object({ dryRun: z.enum(['true', 'false']).default('false') }), body: Declaration, definition: true, limit: 8 * MB, rules: ['experiments'],
    responses: { 200: { description: 'each step, and what it did', schema: Applied }, 409: { description: 'drift' }, 412: { description: 'changed since the plan was made' } },
    handle: async ({ query, body, principal, context }) => {
      const applied = await declarations.apply(body, {
        actor: principal.id, operates: principal.scopes.has('operate'), dryRun: query.dryRun === 'true', expected: expectedOf(context.req.header('if-match')),
      })
      return { body: applied, headers: { etag: `"${applied.tag}"` } }
    },
  }),
  route({
    method: 'get', path: '/api/export', scope: 'read', tag, summary: 'What is there, as a declaration', query: z.object({ model: Key.optional() }),
    responses: { 200: { description: 'applying it changes nothing', schema: Exported } },
    handle: async ({ query }) => ({ body: await declarations.exported(query.model ?? null) }),
  }),
  route({
    method: 'get', path: '/api/models/{key}/audit', scope: 'read', tag, summary: 'Everything that happened to a model', params: z.object({ key: Key }), query: Paging,
    description: 'Every entry of the ledger about the model and all experiments on it, with the hashes of its chain.',
    responses: { 200: { description: 'a page, the oldest first', schema: Decisions } },
    handle: async ({ path, query }) => pageAnswer(await models.audit(path.key, pageRequest(query))),
  }),
]
