import { z } from 'zod'
import { durationMs } from '../../core/define/duration.ts'
import { eventFilters, eventTypes } from '../../core/tell/notification.ts'
import type { Deps } from '../../deps.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'

const tag = 'Webhooks'

const Url = z.url('expected a URL such as https://example.com/hook').max(2_048)
const Events = z
  .array(z.enum(eventFilters))
  .min(1)
  .max(eventFilters.length)
  .describe('which events to send: names, a family such as `experiment.*`, or `*` for all')
const Description = z.string().max(500)
const Overlap = z
  .string()
  .refine((text) => (durationMs(text) ?? Infinity) <= 7 * 86_400_000, { message: 'expected a duration of at most 7 days, such as PT24H' })
  .describe('how long the old secret signs beside the new one; PT0S ends it at once; default PT24H')

const CreateWebhook = z
  .strictObject({ url: Url, description: Description.default(''), events: Events.default(['*']) })
  .meta({ id: 'CreateWebhook' })
const PatchWebhook = z
  .strictObject({
    url: Url.optional(), description: Description.optional(), events: Events.optional(),
    enabled: z.boolean().optional(),
    rotateSecret: z.literal(true).optional().describe('draw a new secret and answer it'),
    overlap: Overlap.optional(),
  })
  .refine((body) => Object.keys(body).length > 0, { message: 'expected something to change' })
  .refine((body) => body.overlap === undefined || body.rotateSecret === true, { path: ['overlap'], message: 'goes with rotateSecret' })
  .meta({ id: 'PatchWebhook' })

const Time = z.iso.datetime()
const Webhook = z
  .object({
    id: z.string(), url: z.string(), description: z.string(), events: z.array(z.string()), enabled: z.boolean(),
    disabledBecause: z.enum(['asked', 'gone', 'failing']).nullable().describe('gone: its receiver answered 410; failing: nothing reached it for 5 days'),
    failingSince: Time.nullable().describe('the first failure since the last success'),
    previousSecretUntil: Time.nullable().describe('until when the secret before this one signs, too'),
    createdBy: z.string(), createdAt: Time,
  })
  .meta({ id: 'Webhook' })
const Secret = z.string().describe('whsec_ and base64, shown this once')
const NewWebhook = Webhook.extend({ secret: Secret }).meta({ id: 'NewWebhook' })
const ChangedWebhook = Webhook.extend({ secret: Secret.optional() }).meta({ id: 'ChangedWebhook' })
const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable().describe('cursor of the next page') })

const DeliveryState = z.enum(['waiting', 'delivered', 'failed', 'cancelled'])
const Delivery = z
  .object({
    id: z.int(),
    message: z.string().describe('the header webhook-id: the same in every attempt, for all webhooks'),
    type: z.enum(eventTypes),
    decision: z.int().nullable().describe('id of its entry in the ledger; null for a test'),
    state: DeliveryState.describe('failed: given up after the last attempt; cancelled: the webhook was disabled'),
    nextAt: Time.nullable(), createdAt: Time, endedAt: Time.nullable(),
    attempts: z.array(z.object({
      number: z.int(), at: Time, ms: z.int().nullable(), status: z.int().nullable(), error: z.string().nullable(),
      response: z.string().nullable().describe('how the answer began'),
      result: z.enum(['sending', 'delivered', 'answered', 'timeout', 'unreachable', 'not_allowed', 'unreadable', 'interrupted', 'unknown'])
        .describe('answered: with anything but 2xx; not_allowed: the host resolves to no address that may be called; unknown: the node died meanwhile'),
    })),
  })
  .meta({ id: 'WebhookDelivery' })

const ById = z.object({ id: z.string().regex(/^[\w-]{1,64}$/, 'expected the id of a webhook') })
const ByDelivery = ById.extend({ delivery: z.string().regex(/^\d{1,15}$/, 'expected the id of a delivery').transform(Number) })
const Log = Paging.extend({ state: DeliveryState.optional() })

const dayMs = 86_400_000

/** /api/webhooks: who is told of decisions, the log of what was sent, and sending it again. */
export const webhookRoutes = ({ webhooks }: Pick<Deps, 'webhooks'>): Route[] => [
  route({
    method: 'post', path: '/api/webhooks', scope: 'admin', tag, summary: 'Create a webhook', body: CreateWebhook,
    description:
      'Every decision is POSTed to the URL as `{id, type, timestamp, text, data: {experiment, model, seq, decision, summary, analysis}}`: the entry ' +
      'of the ledger, and what the report said at that moment. `text` is a line for people, which chat services that take `{"text": …}` show. ' +
      'Signed as Standard Webhooks say (`webhook-id`, `webhook-timestamp`, `webhook-signature`): check it with one of their libraries and the ' +
      'secret. A message arrives at least once and in any order: tell repeated ones by `webhook-id`, and the order by `data.seq`. Anything but ' +
      '2xx within 15 seconds is a failure and tried again nine times over 75 hours; 410 disables the webhook, and so do 5 days of nothing but ' +
      'failures. Redirects are not followed. https on port 443 of public addresses only, unless WEBHOOK_ALLOW_PRIVATE says more: `url_not_allowed`.',
    responses: { 201: { description: 'the webhook with its secret, shown this once', schema: NewWebhook } },
    handle: async ({ body, principal }) => {
      const made = await webhooks.create({ ...body, events: [...new Set(body.events)] }, principal.id)
      return { status: 201, body: made, headers: { location: `/api/webhooks/${made.id}` } }
    },
  }),
  route({
    method: 'get', path: '/api/webhooks', scope: 'admin', tag, summary: 'List webhooks', query: Paging,
    responses: { 200: { description: 'a page, without the secrets', schema: listOf(Webhook) } },
    handle: async ({ query }) => pageAnswer(await webhooks.list(pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/webhooks/{id}', scope: 'admin', tag, summary: 'Read a webhook', params: ById,
    responses: { 200: { description: 'the webhook', schema: Webhook } },
    handle: async ({ path }) => ({ body: await webhooks.get(path.id) }),
  }),
  route({
    method: 'patch', path: '/api/webhooks/{id}', scope: 'admin', tag, summary: 'Change, enable or disable it, or rotate its secret',
    description:
      'While it is disabled nothing is sent, and what waited is cancelled; it can be replayed. With `rotateSecret` messages carry two ' +
      'signatures until `overlap` is over, so that the receiver can change its secret at leisure.',
    params: ById, body: PatchWebhook,
    responses: { 200: { description: 'the webhook; with its new secret where one was drawn', schema: ChangedWebhook } },
    handle: async ({ path, body: { rotateSecret, overlap, events, url, description, enabled } }) => ({
      body: await webhooks.change(path.id, {
        ...(url === undefined ? {} : { url }),
        ...(description === undefined ? {} : { description }),
        ...(events === undefined ? {} : { events: [...new Set(events)] }),
        ...(enabled === undefined ? {} : { enabled }),
        ...(rotateSecret ? { rotate: { keepMs: overlap === undefined ? dayMs : (durationMs(overlap) ?? dayMs) } } : {}),
      }),
    }),
  }),
  route({
    method: 'delete', path: '/api/webhooks/{id}', scope: 'admin', tag, summary: 'Delete a webhook, with its log', params: ById,
    responses: { 204: { description: 'deleted' } },
    handle: async ({ path }) => {
      await webhooks.remove(path.id)
      return {}
    },
  }),
  route({
    method: 'post', path: '/api/webhooks/{id}/test', scope: 'admin', tag, summary: 'Send a test', params: ById,
    description: 'Queues a message of the type `webhook.test` for this webhook alone; the log of deliveries says what became of it.',
    responses: { 202: { description: 'queued', schema: Delivery } },
    handle: async ({ path }) => ({ status: 202, body: await webhooks.test(path.id) }),
  }),
  route({
    method: 'get', path: '/api/webhooks/{id}/deliveries', scope: 'admin', tag, summary: 'The log: what was sent, and what came back', params: ById, query: Log,
    description: 'Kept for 30 days.',
    responses: { 200: { description: 'a page, the newest first', schema: listOf(Delivery) } },
    handle: async ({ path, query }) => pageAnswer(await webhooks.deliveries(path.id, pageRequest(query), query.state)),
  }),
  route({
    method: 'post', path: '/api/webhooks/{id}/deliveries/{delivery}/replay', scope: 'admin', tag, summary: 'Send it once more', params: ByDelivery,
    description: 'The same message under the same `webhook-id`, signed anew, now and with all retries.',
    responses: { 202: { description: 'queued', schema: Delivery } },
    handle: async ({ path }) => ({ status: 202, body: await webhooks.replay(path.id, path.delivery) }),
  }),
]
