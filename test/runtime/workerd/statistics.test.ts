import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../bundle.ts'
import { answers } from '../statistics-answers.ts'

// without nodejs_compat: nothing the statistics import may need Node, or make code from text
describe('statistics in workerd', () => {
  let miniflare: Miniflare

  beforeAll(async () => {
    miniflare = new Miniflare({
      modules: true,
      script: await bundle(new URL('statistics-worker.ts', import.meta.url), 'esm'),
      compatibilityDate: '2025-09-01',
    })
  })
  afterAll(() => miniflare.dispose())

  it('gives the answers it gives in Node', async () => {
    const there = (await (await miniflare.dispatchFetch('http://worker/')).json()) as Record<string, number | number[]>
    const here = answers()
    expect(Object.keys(there)).toEqual(Object.keys(here))
    for (const [name, value] of Object.entries(here)) {
      const [mine, theirs] = [[value].flat(), [there[name] ?? Number.NaN].flat()]
      mine.forEach((number, index) => expect((theirs[index] ?? Number.NaN) / number).toBeCloseTo(1, 12))
    }
  })
})
