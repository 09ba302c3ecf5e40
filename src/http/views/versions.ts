import { z } from 'zod'
import { Key, VersionName, VersionRecord } from '../../core/define/definitions.ts'
import { CheckName, CheckStatus } from '../../core/models/checks.ts'
import { listOf, Moment, Time } from './common.ts'

const Lock = z
  .object({ at: Time, actor: z.string(), reason: z.string(), experiment: Key })
  .meta({ id: 'VersionLock', description: 'why it may not become champion until the experiment has got the action acknowledge' })
export const Standing = z.enum([...CheckStatus.options, 'outdated']).nullable().describe('outdated: of another record or artifact; null: it never came')
export const Version = VersionRecord.extend({
  version: VersionName, model: Key, createdAt: Time, firstTrafficAt: Moment, lock: Lock.nullable(),
  checks: z.array(z.object({ name: CheckName, status: Standing, at: Moment, required: z.boolean().describe('by the model') }))
    .describe('the latest of each name, and what is required and never came'),
  continues: VersionName.nullable().describe('the version of this model whose `checkpoint.id` is the `checkpoint.parent` of this one'),
  readyAt: Moment.describe('since when it says that it is warm'),
}).meta({ id: 'Version' })
export const Versions = listOf(Version)

export const Check = z
  .object({
    id: z.int(), name: CheckName, status: CheckStatus, evidence: z.unknown(), digest: z.string().nullable(), at: Time, receivedAt: Time, actor: z.string(),
  })
  .meta({ id: 'Check', description: 'what a pipeline found out about a version' })
export const Checks = listOf(Check)
