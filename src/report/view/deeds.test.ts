import { describe, expect, it } from 'vitest'
import { deedText } from './deeds.ts'

const told = (action: string, variant: string | null = null, status = 'applied'): string => deedText({ action, variant, status })

describe('deeds', () => {
  it('are told in the past tense', () => {
    expect([told('promote', 'qwen'), told('emergency-stop'), told('something-new', 'a')]).toEqual(['promoted qwen', 'stopped at once', 'something new a'])
  })

  it('that were not done are named as what they would have been', () => {
    expect([told('promote', 'qwen', 'held'), told('rollback', null, 'failed'), told('conclude', null, 'held')])
      .toEqual(['held back: promotion of qwen', 'failed: rollback', 'held back: end'])
  })
})
