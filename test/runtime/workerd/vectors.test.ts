import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../bundle.ts'
import { assignment, checkTokens } from '../check-tokens.ts'
import type { Checked } from '../checked.ts'
import { expectAllPass } from '../expect-vectors.ts'

type Answer = { vectors: Record<string, Checked>; tokens: ReturnType<typeof checkTokens>; rule: boolean }

describe('assignment in workerd', () => {
  let miniflare: Miniflare
  let answer: Answer

  beforeAll(async () => {
    miniflare = new Miniflare({
      modules: true,
      script: await bundle(new URL('worker.ts', import.meta.url), 'esm'),
      compatibilityDate: '2025-09-01',
      compatibilityFlags: ['nodejs_compat'],
    })
    const response = await miniflare.dispatchFetch('http://worker/')
    answer = (await response.json()) as Answer
  })
  afterAll(() => miniflare.dispose())

  it('gives every frozen answer', () => expectAllPass(answer.vectors))

  it('signs the same tokens and hashes the same units as Node', () => {
    expect(answer.tokens).toEqual(checkTokens())
    expect(answer.tokens).toMatchObject({ verified: assignment, forged: null, idLength: 16 })
  })

  it('interprets audience rules where code may not be made from text', () => expect(answer.rule).toBe(true))
})
