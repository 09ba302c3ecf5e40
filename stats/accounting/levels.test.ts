import { describe, expect, it } from 'vitest'
import { HARM_BUDGET, accountLevels, scopeParts, spentBudget } from './levels.ts'
import { dayPart, scopePart } from './spending.ts'

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

describe('scopeParts', () => {
  /** What all tests of one stage may err with when it begins anew so often, the control never being stopped. */
  const spentOver = (variants: number, scopes: number, days = 1_000) => {
    const levels = accountLevels({ alpha: 0.05, variants, guardrails: 3, decisions: 2, limits: 2 })
    const { promotion, harm } = scopeParts(variants)
    const sum = (of: (index: number) => number, times: number): number =>
      Array.from({ length: times }, (_, index) => of(index)).reduce((one, other) => one + other, 0)
    const candidates = variants - 1
    const daily = candidates * (3 * levels.failDaily + 2 * levels.limit * 0.25) * sum((day) => dayPart(day, 14), days)
    const renewed = candidates * (3 * levels.fail + candidates * 2 * levels.kill + 2 * levels.limit * 0.75)
    return {
      harm: daily + candidates * levels.breaker + renewed * sum((index) => scopePart(index, harm), scopes),
      promotion: candidates * levels.promote * sum((index) => scopePart(index, promotion), scopes),
    }
  }

  it.each([2, 3, 4, 10])('keep the harm of %i variants within the budget, however often a stage begins anew', (variants) => {
    for (const scopes of [1, 2, 5, 1_000, 50_000]) expect(spentOver(variants, scopes).harm).toBeLessThanOrEqual(HARM_BUDGET + 1e-12)
    const { harm } = scopeParts(variants)
    expect(harm.first).toBe(1)
    expect(harm.later).toBeGreaterThan(0)
  })

  it.each([3, 4, 10])('keep wrong promotions of %i variants within alpha', (variants) => {
    for (const scopes of [1, 2, 5, 50_000]) expect(spentOver(variants, scopes).promotion).toBeLessThanOrEqual(0.05 + 1e-12)
  })

  it('leave two variants all of alpha, of which only persons begin a scope anew, and add a tenth at most then', () => {
    expect(scopePart(0, scopeParts(2).promotion)).toBe(1)
    expect(spentOver(2, 50_000).promotion).toBeLessThanOrEqual(0.055)
  })

  it('get smaller with every scope', () => {
    const { harm } = scopeParts(3)
    const parts = Array.from({ length: 50 }, (_, index) => scopePart(index, harm))
    expect(parts.every((part, index) => part > 0 && (index === 0 || part < parts[index - 1]!))).toBe(true)
    expect(() => scopePart(-1, harm)).toThrow(/^reopened/)
    expect(() => scopeParts(1)).toThrow(/^variants/)
  })
})
