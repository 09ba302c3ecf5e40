import { requireCount, requireOpenUnit } from '../check.ts'
import type { ScopeParts } from './spending.ts'

/**
 * What each automatic test of an experiment may err with, so that over its whole life, however often anybody looks,
 * P(a wrong promotion) ≤ α and P(stopping a harmless variant) ≤ β. All levels are one-sided; the ends of intervals are
 * drawn at exactly these.
 *
 * A promotion needs all of its tests (the decision and every guardrail), so α is not divided over them
 * (intersection–union); any single harm test stops a variant, so β is divided over all of them.
 */
export type Accounts = {
  /** Chance of a wrong promotion, in (0, 1/2). */
  alpha: number
  /** Variants, the control among them; at least 2. */
  variants: number
  /** Guardrails that are judged against the control, completeness among them where it is judged. 0 unless told. */
  guardrails?: number
  /** Decision metrics: any one of them kills a loser. 1 unless told. */
  decisions?: number
  /** How many decision metrics are tried where any single one suffices to promote; 1 where all must win. */
  alternatives?: number
  /** Guardrails with an absolute limit. 0 unless told. */
  limits?: number
  /** Stages that can promote or stop; each gets an equal part of α and β. 1 unless told. */
  stages?: number
}

/** Chance to stop a harmless variant, over the whole experiment. */
export const HARM_BUDGET = 0.05

/** How it is shared out. */
const FAIL_IN_SCOPE = 0.02
const FAIL_IN_GENERATION = 0.015
const LOSERS = 0.01
const LIMITS = 0.0025
const BREAKERS = 0.0025

export type Levels = {
  /** The decision test of one variant. */
  promote: number
  /** PASS of one guardrail of one variant. */
  pass: number
  /** FAIL of one guardrail of one variant over its scope. */
  fail: number
  /** FAIL of the same over all days of which each is judged apart; `dayPart` tells what one of them may spend. */
  failDaily: number
  /** One ordered pair of variants on one decision metric: the first is worse than the second beyond the margin. */
  kill: number
  /** One variant against one absolute limit. */
  limit: number
  /** One variant stopped by its breaker. */
  breaker: number
}

/**
 * The levels of all automatic tests.
 *
 * @throws {RangeError} naming the argument outside its domain
 *
 * Source: Berger (1982), "Multiparameter hypothesis testing and acceptance sampling", for intersection–union tests; the
 * rest are Bonferroni bounds.
 */
export const accountLevels = (accounts: Accounts): Levels => {
  const { alpha, variants, stages, others, guardrails, decisions, alternatives, limits } = counted(accounts)
  const promote = alpha / others / stages
  return {
    promote: promote / alternatives,
    pass: promote,
    fail: FAIL_IN_SCOPE / (others * guardrails) / stages,
    failDaily: FAIL_IN_GENERATION / (others * guardrails) / stages,
    kill: LOSERS / (variants * others * decisions) / stages,
    limit: LIMITS / (variants * limits) / stages,
    breaker: BREAKERS / variants / stages,
  }
}

/**
 * What all of these tests may err with together, by union bounds: at most α for promotions and β for harm. Promotions
 * count once a candidate and alternative, since guardrails must pass as well; tests that there are none of spend
 * nothing.
 */
export const spentBudget = (accounts: Accounts): { promotion: number; harm: number } => {
  const levels = accountLevels(accounts)
  const { variants, stages, others, decisions, alternatives } = counted(accounts)
  const { guardrails = 0, limits = 0 } = accounts
  return {
    promotion: stages * others * alternatives * levels.promote,
    harm:
      stages *
      (others * guardrails * (levels.fail + levels.failDaily) +
        variants * others * decisions * levels.kill +
        variants * limits * levels.limit +
        variants * levels.breaker),
  }
}

/** Of α what promotions in scopes after the first may err with, where the engine itself begins anew: after it stopped a variant. */
const PROMOTIONS_LATER = 0.1

/**
 * How a stage's shares are spread over its scopes, since each change that moves exposed units begins a new one.
 *
 * Of harm the first scope has all of its share. The control is never stopped, so one part in K of what losers, limits
 * and breakers may err with is never spent, by K variants; scopes after the first live on that. What days and breakers
 * may spend is not begun anew.
 *
 * Of α nothing lies idle. With more than two variants the engine begins anew whenever it stops one, so a tenth is kept
 * for that, which costs the first scope 3 % more units. With two only a person begins anew: the first scope
 * has all of its share, and what follows adds a tenth of α at most, and only where a person wants it.
 *
 * @throws {RangeError} when `variants` is no count of at least 2
 */
export const scopeParts = (variants: number): { promotion: ScopeParts; harm: ScopeParts } => {
  requireCount('variants', variants, 2)
  const idle = (LOSERS + LIMITS + BREAKERS) / variants
  const renewed = FAIL_IN_SCOPE + ((LOSERS + LIMITS) * (variants - 1)) / variants
  return {
    promotion: { first: variants > 2 ? 1 - PROMOTIONS_LATER : 1, later: PROMOTIONS_LATER },
    harm: { first: 1, later: idle / renewed },
  }
}

const counted = (accounts: Accounts) => {
  const {
    alpha,
    variants,
    stages = 1,
    guardrails = 0,
    decisions = 1,
    alternatives = 1,
    limits = 0,
  } = accounts
  requireOpenUnit('alpha', alpha)
  if (!(alpha < 0.5)) throw new RangeError(`alpha must lie in (0, 0.5), got ${alpha}`)
  requireCount('variants', variants, 2)
  for (const [name, value] of Object.entries({ stages, decisions, alternatives }))
    requireCount(name, value, 1)
  for (const [name, value] of Object.entries({ guardrails, limits })) requireCount(name, value)
  return {
    alpha,
    variants,
    stages,
    others: variants - 1,
    decisions,
    alternatives,
    guardrails: Math.max(1, guardrails),
    limits: Math.max(1, limits),
  }
}
