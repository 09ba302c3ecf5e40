import { z } from 'zod'
import { scopeNames } from '../scopes.ts'
import { listOf, Moment, Time } from './common.ts'

export const ApiKey = z
  .object({
    id: z.string(), name: z.string(), scopes: z.array(z.enum(scopeNames)), createdAt: Time, expiresAt: Moment, lastUsedAt: Moment,
    revokedAt: Moment,
  })
  .meta({ id: 'ApiKey' })
export const ApiKeys = listOf(ApiKey)

export const NewApiKey = ApiKey.extend({ key: z.string().describe('shown this once') }).meta({ id: 'NewApiKey' })
