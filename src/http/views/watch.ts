import { z } from 'zod'
import { Key, VersionName } from '../../core/define/definitions.ts'
import { alertKinds } from '../../core/models/watch-state.ts'
import { Bound, Time } from './common.ts'

const Alerts = z
  .array(
    z.object({
      version: VersionName, kind: z.enum(alertKinds), metric: z.string().describe('a metric, or the measure whose values have moved'),
      since: Time, text: z.string(), over: Time.optional().describe('absent while it lasts'),
      acknowledged: z.object({ at: Time, actor: z.string(), reason: z.string() }).optional().describe('absent until somebody has seen it'),
    }),
  )
  .describe('limits that the champion breaks, and what it does otherwise than in its own first days: each until it is over and somebody has acknowledged it; it is told once')

/** What is left of the alerts of a watch. */
export const WatchAlerts = z.object({ model: Key, alerts: Alerts }).meta({ id: 'WatchAlerts' })

export const Watch = z
  .object({
    model: Key,
    days: z.array(
      z.object({
        day: z.iso.date(), version: VersionName, units: z.int().describe('units that reported'), outcomes: z.int(),
        metrics: z.record(Key, z.object({ estimate: Bound, n: z.int() })),
      }),
    ),
    alerts: Alerts,
    unwatched: z.array(z.object({ metric: Key, why: z.string() })).describe('metrics that no detector watches for change, and why'),
  })
  .meta({ id: 'Watch' })
