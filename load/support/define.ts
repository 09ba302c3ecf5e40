import { type Api, ensure } from '../../src/client/api.ts'

/** The experiment that benchmarks use: two variants, a conversion and a mean, started. */
export const defineBench = async (api: Api): Promise<void> => {
  await ensure(api, '/api/models', { key: 'bench' })
  for (const version of ['1', '2']) {
    await ensure(api, '/api/models/bench/versions', { version, payload: { endpoint: `https://models.example/${version}` } })
  }
  await ensure(api, '/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
  await ensure(api, '/api/metrics', { key: 'latency', kind: 'mean', measure: 'latency_ms', direction: 'decrease' })
  const created = await ensure(api, '/api/experiments', {
    key: 'bench',
    model: 'bench',
    unguarded: true,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
    metrics: [{ metric: 'win', role: 'decision' }, { metric: 'latency', role: 'diagnostic' }],
    stages: [{ allocation: 'fixed' }],
    policy: { mode: 'observe' },
  })
  if (created === 'created') await api('POST', '/api/experiments/bench/actions', { action: 'start', reason: 'benchmark' })
}
