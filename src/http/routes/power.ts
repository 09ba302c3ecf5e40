import { z } from 'zod'
import { planPower } from '../../core/power/plan.ts'
import { PowerRequest } from '../../core/power/request.ts'
import type { Deps } from '../../deps.ts'
import { route, type Route } from '../route.ts'

const tag = 'Planning'

const Effect = z.object({ absolute: z.number(), relative: z.number().nullable().describe('null without a baseline') })
const span = { days: z.number(), iso: z.string().describe('ISO 8601, up to the next hour: P12DT5H') }
const Look = z.object({
  share: z.number(), units: z.int(), boundary: z.number().describe('in standard errors'),
  stopped: z.number().describe('chance to have ended by then when the effect is as told'),
})
const PerVariant = z.array(z.int()).describe('the control first')

const PowerPlan = z
  .object({
    method: z.string(),
    level: z.number().describe('of one comparison with the control: alpha over their number'),
    sides: z.int(),
    power: z.number(),
    effect: Effect.nullable(),
    sample: z
      .object({
        units: z.int().describe('of all variants together, at most'), perVariant: PerVariant,
        fixed: z.int().describe('units that one look at the end would need'),
        inflation: z.number().describe('units over fixed, before any minimum'),
        mean: z.object({ withEffect: z.int(), without: z.int() }).describe('units at which it ends on average'),
        duration: z.object({ ...span, mean: z.object(span) }).nullable().describe('null without unitsPerDay'),
        looks: z.array(Look).nullable().describe('of group-sequential'),
        plannedUnits: z.number().nullable().describe('for `policy.plannedUnits` of the experiment'),
      })
      .nullable().describe('null without an effect'),
    detectable: z
      .object({
        units: z.number(), perVariant: PerVariant, duration: z.object(span).nullable(),
        effect: Effect.nullable().describe('the smallest that is found; null when none is'),
        chance: z.number().nullable().describe('to find the effect told'),
      })
      .nullable().describe('null without units or duration'),
    assumptions: z.array(z.string()).describe('what the figures rest on'),
  })
  .meta({ id: 'PowerPlan' })

/** From 10 % to 12 % of units, with 2,000 new units a day: shown in the documentation, and run as it stands there. */
const example = {
  kind: 'conversion', baseline: 0.1, effect: 0.02, unitsPerDay: 2_000, coverage: 0.5, window: 'P1D',
} as const

/** POST /api/power: how large an experiment must be, how long it takes, what it can find; here unless told where. */
export const powerRoutes = ({ plan = planPower }: Pick<Deps, 'plan'> = {}): Route[] => [
  route({
    method: 'post', path: '/api/power', scope: 'read', tag, summary: 'Sample size, duration and detectable effect',
    description:
      'Tell an effect and read how many units find it; tell `units` or a `duration` and read what they would find; ' +
      'tell both and read the chance. Nothing is stored. Example: `' + JSON.stringify(example) + '`',
    body: PowerRequest.meta({ id: 'PowerRequest', examples: [example] }), definition: true,
    responses: { 200: { description: 'the plan, with what it rests on', schema: PowerPlan } },
    handle: async ({ body }) => ({ body: await plan(body) }),
  }),
]
