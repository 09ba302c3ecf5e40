import { z } from 'zod'
import { Key } from '../../core/define/definitions.ts'
import { Moment, Time } from './common.ts'

export const Signal = z
  .object({
    experiment: Key.nullable(), model: Key.nullable(), variant: Key.nullable(), name: Key, status: z.enum(['ok', 'alarm']), value: z.number().nullable(),
    source: z.string().nullable(), at: Time, expiresAt: Moment, receivedAt: Time, actor: z.string(),
  })
  .meta({ id: 'Signal', description: 'what another system tells of an experiment, or of everything on a model; an alarm holds' })
export const Signals = z.object({ items: z.array(Signal) })
export const SignalTold = Signal.extend({ changed: z.boolean().describe('false: one that is as new was there already') }).meta({ id: 'SignalTold' })
