import { z } from 'zod'
import { postMortemMarkdown } from '../../core/tell/post-mortem-markdown.ts'
import type { ControlPlane } from '../../deps.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'
import { PostMortem, PostMortems } from '../views/post-mortems.ts'

const tag = 'Experiments'
const ById = z.object({ id: z.coerce.number('expected a number').int().min(1).max(Number.MAX_SAFE_INTEGER) })
const Filter = Paging.extend({
  open: z.enum(['true', 'false']).optional().describe('true: those that nobody has signed; false: signed ones; all of them unless told'),
})

/** Does the caller ask for Markdown? */
const wantsMarkdown = (accept: string | undefined): boolean => /(^|,)\s*text\/markdown\b/i.test(accept ?? '')

/** /api/post-mortems: what kills and rollbacks ask to be explained. */
export const postMortemRoutes = ({ postMortems }: Pick<ControlPlane, 'postMortems'>): Route[] => [
  route({
    method: 'get', path: '/api/post-mortems', scope: 'read', tag, summary: 'List post-mortems', query: Filter,
    description: 'Every kill and every rollback opens one. The action `acknowledge` signs it, its reason being the note, and unlocks the versions.',
    responses: { 200: { description: 'a page, the newest first', schema: PostMortems } },
    handle: async ({ query: { open, ...page } }) =>
      pageAnswer(await postMortems.list(pageRequest(page), open === undefined ? null : open === 'true')),
  }),
  route({
    method: 'get', path: '/api/decisions/{id}/post-mortem', scope: 'read', tag, summary: 'Read the post-mortem of a decision', params: ById,
    description: 'Timeline, units exposed, evidence, what was served since, and open questions. As Markdown with `Accept: text/markdown`.',
    responses: { 200: { description: 'the draft, or what was signed', schema: PostMortem } },
    handle: async ({ path, context }) => {
      const postMortem = await postMortems.get(path.id)
      if (!wantsMarkdown(context.req.header('accept'))) return { body: postMortem, headers: { vary: 'accept' } }
      const headers = { 'content-type': 'text/markdown; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', vary: 'accept' }
      return new Response(postMortemMarkdown(postMortem), { headers })
    },
  }),
]
