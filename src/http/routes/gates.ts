import { z } from 'zod'
import { Key } from '../../core/define/definitions.ts'
import { gateOf, gateQuestions } from '../../core/decide/gate.ts'
import type { Reports } from '../../deps.ts'
import { invalid } from '../../errors.ts'
import { type Answer, route, type Route } from '../route.ts'

const tag = 'Signals and gates'
const ByGate = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}(:[a-z0-9][a-z0-9._-]{0,63})?$/, 'expected an experiment, or an experiment and a variant: summary:qwen'),
})
const Asked = z.strictObject({
  ask: z.enum(gateQuestions).default('promote')
    .describe('promote: is it known to be good enough? safe: does nothing speak against more of it? rollback: is it known to do harm?'),
  answer: z.enum(['status', 'value']).default('status')
    .describe('status: 200 where the gate is open, else 403; value: always 200, for controllers that take any other status as an error'),
})

/** What Flagger sends; nothing of it is needed. */
const Hook = z.looseObject({ name: z.string(), namespace: z.string(), phase: z.string(), metadata: z.record(z.string(), z.string()).nullish() })

const Gate = z
  .object({
    gate: z.string(), ask: z.enum(gateQuestions), open: z.boolean(), result: z.enum(['pass', 'fail', 'wait']).describe('wait: neither is known'),
    reason: z.string(), experiment: Key, variant: Key.nullable(), state: z.string(), asOf: z.iso.datetime(),
  })
  .meta({ id: 'Gate' })

type GateDeps = { reports: Pick<Reports, 'analysis'> }

const ask = async ({ reports }: GateDeps, id: string, { ask: question, answer: form }: z.infer<typeof Asked>): Promise<Answer> => {
  const [key = '', variant = null] = id.split(':')
  const analysis = await reports.analysis(key)
  const { experiment } = analysis.input
  const found = experiment.variants.find((one) => one.key === variant)
  if (variant !== null && !found) throw invalid('not_found', 'id', `"${key}" has no variant "${variant}"`)
  if (found?.control) throw invalid('not_found', 'id', `"${variant}" is the control, which the others are compared with`)
  const { result, reason, variant: about } = gateOf(analysis, question, variant)
  const open = result === 'pass'
  return {
    status: open || form === 'value' ? 200 : 403,
    body: { gate: id, ask: question, open, result, reason, experiment: key, variant: about, state: experiment.state, asOf: analysis.report.asOf },
  }
}

const shared = {
  path: '/api/gates/{id}', scope: 'read' as const, tag, params: ByGate, query: Asked,
  responses: { 200: { description: 'open; or what it is, where a value was asked for', schema: Gate }, 403: { description: 'not open', schema: Gate } },
}

/** /api/gates/{experiment} and /api/gates/{experiment}:{variant}: for other controllers that roll out, see KUBERNETES.md. */
export const gateAnswerRoutes = (deps: GateDeps): Route[] => [
  route({
    ...shared, method: 'get', summary: 'May another controller go on?', handle: ({ path, query }) => ask(deps, path.id, query),
  }),
  route({
    ...shared, method: 'post', summary: 'The same, for webhooks', body: Hook.meta({ id: 'GateHook' }), handle: ({ path, query }) => ask(deps, path.id, query),
  }),
]
