import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../bundle.ts'
import { chartSamples } from '../chart-samples.ts'

describe('charts in workerd', () => {
  let miniflare: Miniflare

  beforeAll(async () => {
    miniflare = new Miniflare({
      modules: true,
      script: await bundle(new URL('charts-worker.ts', import.meta.url), 'esm'),
      compatibilityDate: '2026-04-01',
      // as wrangler.toml says: the chart library reads process.env
      compatibilityFlags: ['nodejs_compat'],
    })
  })
  afterAll(() => miniflare.dispose())

  it('are the bytes that Node draws', async () => {
    expect(await (await miniflare.dispatchFetch('http://worker/')).json()).toEqual(JSON.parse(JSON.stringify(await chartSamples())))
  })
})
