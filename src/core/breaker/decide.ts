import { bakeOf } from '../analyze/bake.ts'
import type { Decision } from '../decide/decision.ts'
import type { Opening, VariantBreaker, VariantState } from '../define/definitions.ts'
import { isDrawn } from '../analyze/weights.ts'
import { percent, plural } from '../describe/wording.ts'
import { type Calls, callsPerMinute, callsSince, fewestCalls, failingRate, isFailing, rateOf } from './calls.ts'
import { type BreakerLook, controlOf, meanwhileOf, seenOf, servesNow, sinceOf, stateOf } from './look.ts'
import { opened, openedLately, stops } from './opening.ts'
import { firstHealthy, standInOf } from './stand-in.ts'

const minute = 60_000

/** A variant is to blame when it fails so many times as often as the control, of which this share is forgiven. */
const timesControl = 3
const forgiven = 0.02
/** Probes that are judged. */
const probesNeeded = 10
/** The part of the units that tries a variant first: twice the probes needed in a minute, and never more than half. */
const mostTrial = 0.5
/** After so long without enough probes more units try it. */
const widenMs = 2 * minute
const widenTimes = 4
/** How long the control must be well before nothing stands in for it any more. */
const healthyMs = 5 * minute
/** So long, even when nobody came. */
const forgottenMs = 15 * minute

/**
 * The next thing that the breakers of an experiment have to do, or null. Pure; to be asked again after each answer. What
 * protects comes first: something stands in for a control that fails, failing variants are quarantined, or stopped when
 * that happens again and again; then what is over its time is tried, and what has proved itself goes back to work.
 *
 * A variant is blamed only beside a control that is well: when both fail, nobody is. In a bake the control is the former
 * champion: it gets back the winner's traffic for as long as that is quarantined, and for good when that fails again and again.
 */
export const decideBreakers = (look: BreakerLook): Decision | null =>
  standIn(look) ?? first(look, (arm) => failure(look, arm)) ?? first(look, (arm) => recovery(look, arm))

const first = ({ experiment: { variants } }: BreakerLook, decided: (arm: number) => Decision | null): Decision | null => {
  for (const arm of variants.keys()) {
    const decision = decided(arm)
    if (decision) return decision
  }
  return null
}

/** Does a variant fail now: while all units get it, or as soon as enough probes say so? */
const fails = (look: BreakerLook, arm: number, least = fewestCalls): boolean => {
  const variant = look.experiment.variants[arm]
  if (!variant || !isDrawn(variant) || !servesNow(look, arm)) return false
  const state = stateOf(variant)
  return state !== 'open' && isFailing(seenOf(look, arm), state === 'closed' ? least : probesNeeded)
}

const openingOf = (look: BreakerLook, arm: number): Opening => {
  const control = controlOf(look)
  const meanwhile = arm === control ? { calls: 0, errors: 0 } : meanwhileOf(look, arm)
  const weight = (one: number): number => look.experiment.weights?.[one] ?? 0
  const both = weight(arm) + weight(control)
  return {
    at: look.now.toISOString(), ...seenOf(look, arm), controlCalls: meanwhile.calls, controlErrors: meanwhile.errors,
    share: both > 0 ? weight(arm) / both : 0,
  }
}

/** A variant, quarantined. A breaker that opens again is tried by as many as before. */
const openedVariant = (look: BreakerLook, arm: number, variant: VariantState): VariantState => {
  const { breaker, status } = variant
  const rate = callsPerMinute(look.slots, arm, sinceOf(variant), look.now.getTime())
  const trial = (status === 'quarantined' ? breaker?.trial : undefined) ?? Math.min(mostTrial, (2 * probesNeeded) / Math.max(1, rate))
  return { ...variant, status: 'quarantined', breaker: opened(breaker, openingOf(look, arm), look.experiment.epoch + 1, trial, look.now) }
}

const replaced = ({ experiment: { variants } }: BreakerLook, change: (variant: VariantState, arm: number) => VariantState): VariantState[] =>
  variants.map((variant, arm) => change(variant, arm))

/** `allowed`: by the policy's mode; else it is only told. */
const decision = (look: BreakerLook, one: Omit<Decision, 'status'>, allowed = true): Decision => {
  const { mode } = look.experiment.definition.policy
  if (mode === 'auto' && allowed) return { ...one, status: 'applied' }
  const { variants: _, ...told } = one
  const waiting = mode === 'observe' ? 'Only observed: nothing was done.' : 'Not done by itself: a person decides.'
  return { ...told, status: 'held', reason: `${one.reason} ${waiting}` }
}

/** The memory key of something that is told once. */
export const toldKey = ({ action, variant, rule }: Pick<Decision, 'action' | 'variant' | 'rule'>): string => `held:${action}:${variant ?? ''}:${rule}`

const once = ({ experiment: { looks } }: BreakerLook, one: Decision): Decision | null =>
  one.status === 'held' && looks[toldKey(one)] ? null : one

const words = ({ calls, errors }: Calls): string => `${errors} of ${calls} ${plural('call', calls)}`

const needed = { calls: fewestCalls, probes: probesNeeded, rate: failingRate, timesControl, forgiven }

/** Something stands in for a control that fails, or for what stood in and fails as well. */
const standIn = (look: BreakerLook): Decision | null => {
  const { experiment: { variants }, slots, now, fallbacks } = look
  const arm = controlOf(look)
  const control = variants[arm]
  if (!control || !isDrawn(control)) return null
  const present = standInOf(variants)
  const seen = present ? callsSince(slots, variants.length, Date.parse(present.since)) : seenOf(look, arm)
  if (present ? !isFailing(seen) : !fails(look, arm)) return null

  const failed = present ? [...present.failed, present.version] : []
  const others = [...variants.keys()].filter((other) => other !== arm && fails(look, other, probesNeeded))
  const version = firstHealthy(fallbacks, variants, [control.version, ...failed, ...others.map((other) => variants[other]!.version)])
  const together = others.length > 0
  const rule = present ? 'fallback-fails' : together ? 'breaker-together' : 'breaker-control'
  const who = present ? `${present.version}, which stands in for ${control.key},` : [arm, ...others].map((one) => variants[one]?.key).join(' and ')
  const what = `${who} ${present || !together ? 'fails' : 'fail'}: ${words(seen)} of the last minute${present ? '' : ` of ${control.key}`}.`
  const evidence = { seen: named(look), needed, fallbacks, failed }
  const base = { action: 'fallback' as const, variant: control.key, rule, evidence }
  if (version === null) return once(look, { ...base, reason: `${what} No healthy version can stand in.`, status: 'held' })
  const standing = { version, since: now.toISOString(), failed, ...(present?.manual && { manual: true as const }) }
  const next = replaced(look, (one, other) => {
    if (other === arm) {
      const turned = present ? one : openedVariant(look, arm, one)
      return { ...turned, breaker: { ...turned.breaker!, standIn: standing } }
    }
    return others.includes(other) && !present ? openedVariant(look, other, one) : one
  })
  return once(look, decision(look, { ...base, reason: `${what} ${version} stands in.`, evidence: { ...evidence, version }, variants: next }))
}

const named = (look: BreakerLook): Record<string, Calls> =>
  Object.fromEntries(look.experiment.variants.map(({ key }, arm) => [key, seenOf(look, arm)]))

/** Quarantine a failing variant, or stop it when that happened too often. */
const failure = (look: BreakerLook, arm: number): Decision | null => {
  const { variants, definition } = look.experiment
  const at = controlOf(look)
  const [variant, control] = [variants[arm], variants[at]]
  if (!variant || !control || !fails(look, arm)) return null
  if (arm === at) return stateOf(variant) === 'half-open' ? again(look, arm, variant) : null
  const replacedBy = standInOf(variants)?.version
  // what serves instead is the very same version
  if (replacedBy === variant.version) return null
  const [seen, meanwhile] = [seenOf(look, arm), meanwhileOf(look, arm)]
  const blamed = control.status === 'live' && !isFailing(meanwhile) && rateOf(seen) >= timesControl * Math.max(forgiven, rateOf(meanwhile))
  // one that is tried and fails again is not to be given to everybody, whoever is to blame
  if (!blamed && replacedBy === undefined && stateOf(variant) === 'closed') return null

  const next = openedVariant(look, arm, variant)
  const breaker = next.breaker!
  const what = `${words(seen)} of ${variant.key} failed${stateOf(variant) === 'half-open' ? ' when it was tried' : ' within a minute'}; of ${control.key} ${words(meanwhile)}.`
  const { often, proven, evidence, needed: wanted } = stops(definition, breaker, look.now)
  const told = { seen: named(look), needed, opened: breaker.opened, until: breaker.until, evidence: { value: evidence, needed: wanted } }
  if (blamed && often && proven && !openedLately(control, look.now)) {
    const end = decision(look, {
      action: bakeOf(look.experiment) ? 'rollback' : 'kill', variant: variant.key, rule: 'breaker', evidence: told,
      reason: `${what} It was quarantined ${breaker.opened.length - 1} times before.`,
    }, definition.policy.autoKill)
    const said = once(look, end)
    if (said) return said
  }
  return once(look, decision(look, {
    action: 'quarantine', variant: variant.key, rule: 'breaker', evidence: told,
    reason: `${what} ${replacedBy ?? control.key} serves its units until ${breaker.until}.`,
    variants: replaced(look, (one, other) => (other === arm ? next : one)),
  }))
}

/** The control was tried and fails still. */
const again = (look: BreakerLook, arm: number, variant: VariantState): Decision | null => {
  const next = openedVariant(look, arm, variant)
  return once(look, decision(look, {
    action: 'fallback', variant: variant.key, rule: 'breaker-control',
    reason: `${words(seenOf(look, arm))} of ${variant.key} failed when it was tried; ${next.breaker?.standIn?.version} goes on until ${next.breaker?.until}.`,
    evidence: { seen: named(look), needed, opened: next.breaker?.opened },
    variants: replaced(look, (one, other) => (other === arm ? next : one)),
  }))
}

/** Try what was out for its time, by more units where too few came, and let go what is well. */
const recovery = (look: BreakerLook, arm: number): Decision | null => {
  const { now } = look
  const variant = look.experiment.variants[arm]
  const breaker = variant?.breaker
  // what a person took out is for a person to let back in
  if (!variant || !breaker || variant.status !== 'quarantined' || breaker.standIn?.manual) return null
  const isControl = arm === controlOf(look)
  const seen = seenOf(look, arm)
  const ageMs = now.getTime() - Date.parse(breaker.since)
  const due = now.getTime() >= Date.parse(breaker.until ?? breaker.since)

  if (breaker.state === 'half-open') {
    const well = seen.calls >= probesNeeded || (isControl && ageMs >= forgottenMs && rateOf(seen) < failingRate)
    if (well && (!isControl || ageMs >= healthyMs)) return letGo(look, arm, variant, seen)
    if (isControl && seen.calls >= probesNeeded) return null
  }
  const { probes = 0, trial = mostTrial } = breaker
  if (!due || (breaker.state === 'half-open' && probes >= 1)) return null
  const part = breaker.state === 'open' ? trial : Math.min(1, probes * widenTimes)
  const next: VariantBreaker = {
    ...breaker, state: 'half-open', probes: part, until: new Date(now.getTime() + widenMs).toISOString(),
    since: breaker.state === 'half-open' && isControl ? breaker.since : now.toISOString(),
  }
  return decision(look, {
    action: 'probe', variant: variant.key, rule: 'breaker',
    reason: `${percent(part)} of the ${plural(look.experiment.definition.unit, 2)} of ${variant.key} try it.`,
    evidence: { seen: named(look), needed, probes: part },
    variants: replaced(look, (one, other) => (other === arm ? { ...one, breaker: next } : one)),
  })
}

const letGo = (look: BreakerLook, arm: number, variant: VariantState, seen: Calls): Decision | null => {
  const { weight: _, probes: __, trial: ___, until: ____, standIn: gone, ...breaker } = variant.breaker!
  const isControl = arm === controlOf(look)
  return decision(look, {
    action: isControl ? 'restore' : 'release', variant: variant.key, rule: 'breaker',
    reason: isControl
      ? `${variant.key} is well again: ${words(seen)} of the last minute failed. ${gone?.version ?? 'Nothing'} stands in no more.`
      : `${words(seen)} of ${variant.key} failed when it was tried: its units get it again.`,
    evidence: { seen: named(look), needed },
    variants: replaced(look, (one, other) =>
      other === arm ? { ...one, status: 'live', breaker: { ...breaker, state: 'closed', since: look.now.toISOString() } } : one),
  })
}
