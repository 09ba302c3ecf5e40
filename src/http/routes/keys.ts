import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Keys } from '../../deps.ts'
import { invalid, ServiceError } from '../../errors.ts'
import { hashKey } from '../auth.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'
import { scopeNames } from '../scopes.ts'
import { ApiKeys, NewApiKey } from '../views.ts'

const tag = 'Keys'

const CreateKey = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    scopes: z.array(z.enum(scopeNames)).min(1).max(scopeNames.length),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'CreateKey' })

/** `ctd_`, 256 random bits, and 6 digits of their hash, by which scanners know a key from noise. */
const newKey = (): string => {
  const secret = randomBytes(32).toString('base64url')
  return `ctd_${secret}${createHash('sha256').update(secret).digest('hex').slice(0, 6)}`
}

const expiryOf = (text: string | undefined, now: number): Date | null => {
  if (text === undefined) return null
  const expiry = new Date(text)
  if (expiry.getTime() <= now) throw invalid('out_of_range', 'expiresAt', 'lies in the past')
  return expiry
}

/** /api/keys: shown once, stored as SHA-256. */
export const keyRoutes = ({ keys, now }: { keys: Keys; now: () => number }): Route[] => [
  route({
    method: 'post', path: '/api/keys', scope: 'admin', tag, summary: 'Create a key', body: CreateKey,
    responses: { 201: { description: 'the key, shown this once', schema: NewApiKey } },
    handle: async ({ body }) => {
      const key = newKey()
      const expiresAt = expiryOf(body.expiresAt, now())
      const id = `key_${randomBytes(9).toString('base64url')}`
      const made = await keys.create({ id, name: body.name, hash: hashKey(key), scopes: [...new Set(body.scopes)], expiresAt })
      return { status: 201, body: { ...made, key } }
    },
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
