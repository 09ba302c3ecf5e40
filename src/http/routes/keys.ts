import { z } from 'zod'
import type { Keys } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { CreateKey, createKey } from '../new-key.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'
import { ApiKeys, NewApiKey } from '../views/keys.ts'

const tag = 'Keys'

/** /api/keys: shown once, stored as SHA-256. */
export const keyRoutes = ({ keys, now }: { keys: Keys; now: () => number }): Route[] => [
  route({
    method: 'post', path: '/api/keys', scope: 'admin', tag, summary: 'Create a key', body: CreateKey,
    responses: { 201: { description: 'the key, shown this once', schema: NewApiKey } },
    handle: async ({ body }) => ({ status: 201, body: await createKey(keys, body, now()) }),
  }),
  route({
    method: 'get', path: '/api/keys', scope: 'admin', tag, summary: 'List keys', query: Paging,
    responses: { 200: { description: 'a page, without the keys themselves', schema: ApiKeys } },
    handle: async ({ query }) => pageAnswer(await keys.list(pageRequest(query))),
  }),
  route({
    method: 'delete', path: '/api/keys/{id}', scope: 'admin', tag, summary: 'Revoke a key',
    description: 'It stops working at once on the node that answers, everywhere within 5 seconds.',
    params: z.object({ id: z.string().regex(/^[\w-]{1,64}$/, 'expected the id of a key') }),
    responses: { 204: { description: 'revoked' } },
    handle: async ({ path }) => {
      if (!(await keys.revoke(path.id))) throw new ServiceError('not_found', `there is no key "${path.id}"`)
      return {}
    },
  }),
]
