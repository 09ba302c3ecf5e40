import { describe, expect, it } from 'vitest'
import { HARM_BUDGET, accountLevels, spentBudget } from './levels.ts'

describe('accountLevels', () => {
  it('gives each test its share', () => {
    const levels = accountLevels({
      alpha: 0.05,
      variants: 3,
      guardrails: 4,
      decisions: 2,
      limits: 2,
      stages: 2,
    })
    expect(levels.promote).toBeCloseTo(0.05 / 2 / 2, 15)
    expect(levels.pass).toBe(levels.promote)
    expect(levels.fail).toBeCloseTo(0.02 / (2 * 4) / 2, 15)
    expect(levels.failDaily).toBeCloseTo(0.015 / (2 * 4) / 2, 15)
    expect(levels.kill).toBeCloseTo(0.01 / (3 * 2) / 2 / 2, 15)
    expect(levels.limit).toBeCloseTo(0.0025 / (3 * 2) / 2, 15)
    expect(levels.breaker).toBeCloseTo(0.0025 / 3 / 2, 15)
  })

  it('divides the level of a decision only where any single metric suffices', () => {
    const either = accountLevels({ alpha: 0.05, variants: 2, alternatives: 2 })
    expect(either.promote).toBe(0.025)
    expect(either.pass).toBe(0.05)
  })

  it('spends exactly alpha and beta, whatever there is to test', () => {
    for (const variants of [2, 3, 10]) {
      for (const [guardrails, limits] of [
        [1, 1],
        [5, 2],
      ] as const) {
        for (const stages of [1, 4]) {
          const accounts = {
            alpha: 0.05,
            variants,
            guardrails,
            limits,
            stages,
            decisions: 3,
            alternatives: 2,
          }
          const { promotion, harm } = spentBudget(accounts)
          expect(promotion).toBeCloseTo(0.05, 14)
          expect(harm).toBeCloseTo(HARM_BUDGET, 14)
        }
      }
    }
  })

  it('spends nothing on what there is none of', () => {
    const { harm } = spentBudget({ alpha: 0.05, variants: 2 })
    expect(harm).toBeCloseTo(0.01 + 0.0025, 15)
    expect(accountLevels({ alpha: 0.05, variants: 2 }).fail).toBe(0.02)
  })

  it.each([
    ['alpha', { alpha: 0.6, variants: 2 }],
    ['variants', { alpha: 0.05, variants: 1 }],
    ['stages', { alpha: 0.05, variants: 2, stages: 0 }],
    ['guardrails', { alpha: 0.05, variants: 2, guardrails: -1 }],
    ['limits', { alpha: 0.05, variants: 2, limits: 0.5 }],
  ])('names %s where it cannot be', (name, accounts) => {
    expect(() => accountLevels(accounts)).toThrow(new RegExp(`^${name}`))
  })
})
