import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { eventTypes } from '../core/tell/notification.ts'
import { Decision } from './views/decisions.ts'
import { Report } from './views/reports.ts'

const Time = z.iso.datetime()

/** What receivers of webhooks get, for the documentation. */
export const Message = z
  .strictObject({
    id: z.string().describe('the same as webhook-id, in every attempt'),
    type: z.enum(eventTypes),
    timestamp: Time.describe('when it was decided'),
    text: z.string().describe('a line or two for people; &, < and > are written as entities, as chat services want them'),
    data: z.strictObject({
      experiment: z.string().nullable(), model: z.string().nullable(),
      seq: z.int().nullable().describe('position in the chain of this experiment or model: messages arrive in any order'),
      decision: Decision.nullable().describe('null in a test'),
      summary: Report.shape.summary.nullable().describe('what the report said when it was decided'),
      analysis: z.strictObject({ id: z.int(), at: Time }).nullable().describe('the stored analysis it is of: `?asOf=` with its id reads the rest'),
      postMortem: z.string().nullable().describe('where the post-mortem is that it opened; null where it opened none'),
    }),
  })
  .meta({ id: 'WebhookMessage' })

const header = (description: string) => z.string().describe(description)

/** The request that this service makes, as OpenAPI 3.1 describes it. */
export const webhookDocument: ZodOpenApiPathsObject = {
  decision: {
    post: {
      operationId: 'webhookDecision',
      tags: ['Webhooks'],
      summary: 'What was decided, sent to every webhook that wants to know',
      requestParams: {
        header: z.object({
          'webhook-id': header('the message: tell repeated ones by it'),
          'webhook-timestamp': header('of the attempt, seconds since 1970: refuse what is older than five minutes'),
          'webhook-signature': header('`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several, separated by spaces, while the secret is rotated'),
        }),
      },
      requestBody: { required: true, content: { 'application/json': { schema: Message } } },
      responses: {
        '2XX': { description: 'received' },
        '410': { description: 'wanted no more: the webhook is disabled' },
        default: { description: 'not received: tried again, nine times over 75 hours' },
      },
    },
  },
}
