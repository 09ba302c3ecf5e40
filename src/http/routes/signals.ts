import { z } from 'zod'
import { Key } from '../../core/define/definitions.ts'
import { CreateSignal } from '../../core/decide/signals.ts'
import type { ControlPlane } from '../../deps.ts'
import { invalid } from '../../errors.ts'
import { route, type Route } from '../route.ts'
import { Signals, SignalTold } from '../views/signals.ts'

const tag = 'Signals and gates'
const Of = z.strictObject({ experiment: Key.optional(), model: Key.optional() })

/** /api/signals: what other systems tell, as infrastructure metrics and drift detectors. It can only hold. */
export const signalRoutes = ({ signals }: Pick<ControlPlane, 'signals'>): Route[] => [
  route({
    method: 'post', path: '/api/signals', scope: 'operate', tag, summary: 'Tell what another system sees', definition: true,
    description: 'An alarm holds: nothing is promoted or moved by itself until it is over, or has expired. It never kills or rolls back.',
    body: CreateSignal.meta({ id: 'CreateSignal' }),
    responses: { 200: { description: 'the signal as it stands', schema: SignalTold } },
    handle: async ({ body, principal }) => ({ body: await signals.tell(body, principal.id) }),
  }),
  route({
    method: 'get', path: '/api/signals', scope: 'read', tag, summary: 'Read the signals of an experiment and its model, or of a model', query: Of,
    responses: { 200: { description: 'as they stand', schema: Signals } },
    handle: async ({ query: { experiment, model } }) => {
      if ((experiment === undefined) === (model === undefined)) throw invalid('invalid_query', 'experiment', 'give `experiment` or `model`, one of the two')
      return { body: { items: await signals.list(experiment === undefined ? { model: model ?? '' } : { experiment }) } }
    },
  }),
]
