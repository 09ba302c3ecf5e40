import { type Api, ensure } from '../../src/client/api.ts'

/** A key the service accepts, from any name. */
export const keyOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+/, '').slice(0, 64)

const measureOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9_]+/g, '_').replace(/^[^a-z]+/, '').slice(0, 64)

export type Feed = {
  experiment: string
  unit: string
  variants: string[]
  measures: string[]
  salt: string | undefined
  /** The first measure decides; the others are shown. */
  smallestEffect: number | undefined
}

/** Column name → measure name the service accepts. */
export const measureNames = (columns: string[]): Map<string, string> => new Map(columns.map((column) => [column, measureOf(column)]))

/**
 * A model, one version a variant, one `mean` metric a measure and an experiment with a uniform split over them,
 * started. What exists already is left as it is. The engine only observes: logged rows can not answer for
 * traffic that moves.
 */
export const define = async (api: Api, feed: Feed): Promise<void> => {
  const model = feed.experiment
  await ensure(api, '/api/models', { key: model, unit: keyOf(feed.unit) })
  for (const variant of feed.variants) await ensure(api, `/api/models/${model}/versions`, { version: variant })
  for (const measure of measureNames(feed.measures).values()) {
    await ensure(api, '/api/metrics', { key: measure, kind: 'mean', measure, direction: 'increase' })
  }
  const created = await ensure(api, '/api/experiments', {
    key: feed.experiment,
    model,
    unit: keyOf(feed.unit),
    unguarded: true,
    ...(feed.salt === undefined ? {} : { salt: feed.salt }),
    variants: feed.variants.map((variant, index) => ({ key: keyOf(variant), version: variant, ...(index === 0 ? { control: true } : {}) })),
    metrics: [...measureNames(feed.measures).values()].map((metric, index) => ({
      metric,
      role: index === 0 ? 'decision' : 'diagnostic',
      ...(index === 0 && feed.smallestEffect !== undefined ? { smallestEffect: feed.smallestEffect } : {}),
    })),
    stages: [{ allocation: 'fixed', coverage: 1 }],
    policy: { mode: 'observe' },
  })
  const { state } = await api<{ state: string }>('GET', `/api/experiments/${feed.experiment}`)
  if (created === 'created' || state === 'draft') {
    await api('POST', `/api/experiments/${feed.experiment}/actions`, { action: 'start', reason: 'replay of logged rows' })
  }
}
