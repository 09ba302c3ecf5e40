import { z } from 'zod'
import { Key, ModelWatch, RegistryLink, VersionName, VersionRecord } from '../../core/define/definitions.ts'
import { Retrain } from '../../core/define/retrain.ts'
import { Requires } from '../../core/models/checks.ts'
import { listOf, Time } from './common.ts'

export const Model = z
  .object({
    key: Key, description: z.string(), unit: Key, enabled: z.boolean(), watch: ModelWatch, fallbacks: z.array(VersionName),
    requires: Requires,
    registry: RegistryLink.nullable(),
    registrySync: z
      .object({
        status: z.enum(['pending', 'synced', 'drift']), written: z.string().nullable(), observed: z.string().nullable(), error: z.string().nullable(), at: Time,
      })
      .nullable()
      .describe('how the alias `champion` of the registry stands to ours; drift holds every experiment on the model'),
    retrain: Retrain.nullable(),
    champion: VersionName.nullable(),
    checkpoint: VersionRecord.shape.checkpoint.unwrap().nullable().describe('of the champion, to go on from'),
    createdAt: Time,
  })
  .meta({ id: 'Model' })
export const Models = listOf(Model)

export const Champion = z
  .object({
    seq: z.int(), version: VersionName, previous: VersionName.nullable(), actor: z.string(), reason: z.string(),
    experiment: Key.nullable(), at: Time, kind: z.enum(['set', 'start', 'promote', 'rollback']),
  })
  .meta({ id: 'Champion' })
export const Champions = listOf(Champion)
