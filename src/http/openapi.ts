import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { statusOf } from '../errors.ts'
import type { Documented, Route } from './route.ts'
import { scopes } from './scopes.ts'
import { webhookDocument } from './webhook-document.ts'

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(statusOf) as [string, ...string[]]),
    errors: z.array(z.object({ path: z.string(), message: z.string() })),
  })
  .meta({ id: 'Problem', description: 'RFC 9457; `code` is one of a closed list, `errors` say where the input is wrong' })

const responseOf = ({ description, schema, type = 'application/json' }: Documented) => ({
  description,
  ...(schema ? { content: { [type]: { schema } } } : {}),
})

const problemResponseOf = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})

/** Which refusals a route can answer with, from what it reads. */
const refusals = (route: Route): Record<string, ReturnType<typeof problemResponseOf>> => {
  const statuses: [number, string, boolean][] = [
    [400, 'malformed input', Boolean(route.body ?? route.params ?? route.query)],
    [401, 'no valid key', route.scope !== 'public'],
    [403, 'a key without the scope, or a foreign page', true],
    [404, 'no such thing', Boolean(route.params) || route.path.startsWith('/assign')],
    [409, 'the state forbids it', Boolean(route.body ?? (route.method === 'delete' ? route.params : undefined))],
    [413, 'too large', Boolean(route.body)],
    [415, 'not what this route reads', Boolean(route.body)],
    [422, 'well-formed, and wrong in meaning', Boolean(route.body)],
    [429, 'too many; see Retry-After', route.scope !== 'public'],
    [503, 'the database is away; see Retry-After, and send the same again', true],
  ]
  return Object.fromEntries(statuses.filter(([, , applies]) => applies).map(([status, text]) => [String(status), problemResponseOf(text)]))
}

const operationId = (route: Route): string =>
  route.method + route.path.replaceAll(/[{}]/g, '').split(/[/._-]+/).filter(Boolean).map((part) => part[0]!.toUpperCase() + part.slice(1)).join('')

const bodyOf = (route: Route): NonNullable<ZodOpenApiOperationObject['requestBody']> => {
  const also = 'alsoReads' in route ? Object.entries(route.alsoReads ?? {}) : []
  return {
    required: true,
    content: {
      'application/json': { schema: route.body! },
      ...Object.fromEntries(also.map(([type, description]) => [type, { schema: { type: 'string' as const, description } }])),
    },
  }
}

const operationOf = (route: Route): ZodOpenApiOperationObject => ({
  operationId: operationId(route),
  tags: [route.tag],
  summary: route.summary,
  ...(route.description === undefined ? {} : { description: route.description }),
  security: route.scope === 'public' ? [] : [{ key: [] }],
  'x-scope': route.scope,
  ...(route.params || route.query
    ? { requestParams: { ...(route.params ? { path: route.params as z.ZodObject } : {}), ...(route.query ? { query: route.query as z.ZodObject } : {}) } }
    : {}),
  ...(route.body ? { requestBody: bodyOf(route) } : {}),
  responses: {
    ...refusals(route),
    ...Object.fromEntries(Object.entries(route.responses).map(([status, documented]) => [status, responseOf(documented)])),
  },
})

/** Operation as the document holds it, `x-scope` included. */
export type OpenApi = ReturnType<typeof createDocument>

/** The OpenAPI 3.1 document of these routes, made from the schemas that validate. */
export const openApiOf = (routes: readonly Route[]): OpenApi => {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes.filter((one) => !('hidden' in one && one.hidden === true))) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Contender',
      version: '1',
      description:
        'Decides which version of a model serves each request, learns from what happens next, and moves traffic to the version that is better. ' +
        'Unknown fields are errors; of a key given twice the last counts; numbers are IEEE doubles. ' +
        'Requests that HTTP itself can not parse are answered with 400, 408 or 431 before any of this applies.',
    },
    tags: [...new Set(routes.map((one) => one.tag))].map((name) => ({ name })),
    paths,
    webhooks: webhookDocument,
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: Object.entries(scopes).map(([name, meaning]) => `\`${name}\`: ${meaning}`).join('; '),
        },
      },
    },
  })
}
