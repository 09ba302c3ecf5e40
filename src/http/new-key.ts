import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Keys } from '../deps.ts'
import { invalid } from '../errors.ts'
import { hashKey } from './auth.ts'
import { scopeNames } from './scopes.ts'
import type { NewApiKey } from './views/keys.ts'

export const CreateKey = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    scopes: z.array(z.enum(scopeNames)).min(1).max(scopeNames.length),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'CreateKey' })
export type CreateKey = z.infer<typeof CreateKey>

/** `ctd_`, 256 random bits, and 6 digits of their hash, by which scanners know a key from noise. */
const drawKey = (): string => {
  const secret = randomBytes(32).toString('base64url')
  return `ctd_${secret}${createHash('sha256').update(secret).digest('hex').slice(0, 6)}`
}

const expiryOf = (text: string | undefined, now: number): Date | null => {
  if (text === undefined) return null
  const expiry = new Date(text)
  if (expiry.getTime() <= now) throw invalid('out_of_range', 'expiresAt', 'lies in the past')
  return expiry
}

/** Draw a key and store its SHA-256. The key itself is told this once. */
export const createKey = async (keys: Pick<Keys, 'create'>, { name, scopes, expiresAt }: CreateKey, now: number): Promise<z.infer<typeof NewApiKey>> => {
  const key = drawKey()
  const id = `key_${randomBytes(9).toString('base64url')}`
  const made = await keys.create({ id, name, hash: hashKey(key), scopes: [...new Set(scopes)], expiresAt: expiryOf(expiresAt, now) })
  return { ...made, key }
}
