import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

/** A new secret of 256 random bits, written as Standard Webhooks write it. */
export const drawSecret = (): string => prefix + randomBytes(32).toString('base64')

const signature = (secret: string, content: string): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64')).update(content).digest('base64')}`

/**
 * The headers that let a receiver check a message: Standard Webhooks 1.0, HMAC-SHA256 over `id.seconds.body`, one
 * signature for each secret in force.
 *
 * @param secrets `whsec_` and base64, the newest first
 * @param seconds of the attempt, since 1970; a receiver refuses old ones
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const signedHeaders = (secrets: readonly string[], id: string, seconds: number, body: string): Record<string, string> => ({
  'webhook-id': id,
  'webhook-timestamp': String(seconds),
  'webhook-signature': secrets.map((secret) => signature(secret, `${id}.${seconds}.${body}`)).join(' '),
})
