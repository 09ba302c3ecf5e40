import type { ActionName } from '../../core/define/definitions.ts'
import { candidatesOf, controlOf, nameOfVersion, type Standing, survivorOf, unitsWord, type Variant } from './standing.ts'
import { figuresOf } from './taking-over.ts'

/** One thing to choose; `value` is the key of a variant, or empty for all of them. */
export type Choice = { value: string; label: string; note: string }

const sentence = (...parts: string[]): string => parts.filter((part) => part !== '').join('. ').replace(/\.?$/, '.')

/** What the evidence says of a variant that somebody may promote: a person may act against it, and is told. */
const evidenceFor = ({ experiment, report }: Standing, { key }: Variant): string => {
  const judged = [...(report?.comparisons.filter(({ role }) => role === 'decision') ?? []), ...(report?.guardrails ?? [])]
    .filter(({ variant }) => variant === key)
  const failing = judged.filter(({ verdict }) => verdict === 'FAIL').map(({ metric }) => metric)
  const open = judged.filter(({ verdict }) => verdict !== 'FAIL' && verdict !== 'PASS').map(({ metric }) => metric)
  if (failing.length > 0) return `The evidence speaks against it: ${failing.join(', ')}`
  if (open.length > 0 || judged.length === 0) return open.length > 0 ? `Not decided yet: ${open.join(', ')}` : ''
  return `Better than ${controlOf(experiment).key} by the evidence, and safe`
}

const versionOf = ({ key, version }: Variant): string => `${key} (version ${version})`

const killed = (standing: Standing, variant: Variant): string => {
  const { experiment } = standing
  const others = experiment.variants.filter((one) => one !== variant && one.status === 'live').map(({ key }) => key)
  const survives = candidatesOf(experiment).some((one) => one !== variant && one.status !== 'killed')
  const after = survives
    ? `Its ${unitsWord(experiment)} are spread over ${others.join(' and ') || controlOf(experiment).key}`
    : `It is the last candidate: the experiment ends, and everyone gets ${nameOfVersion(experiment, survivorOf(standing))}`
  return sentence(figuresOf(standing, variant), after)
}

const spread = (standing: Standing, variant: Variant): string => {
  const { experiment } = standing
  const others = experiment.variants.filter((one) => one !== variant && one.status === 'live').map(({ key }) => key)
  return sentence(figuresOf(standing, variant), `Its ${unitsWord(experiment)} are spread over ${others.join(' and ') || controlOf(experiment).key}`)
}

const each = (standing: Standing, fits: (variant: Variant) => boolean, note: (standing: Standing, variant: Variant) => string): Choice[] =>
  candidatesOf(standing.experiment).filter(fits).map((variant) => ({ value: variant.key, label: versionOf(variant), note: note(standing, variant) }))

const rollbacks = (standing: Standing): Choice[] | null => {
  const { experiment } = standing
  const racing = candidatesOf(experiment).filter(({ status, version }) => status !== 'killed' && version !== controlOf(experiment).version)
  if (experiment.state === 'promoted' || experiment.state === 'baking' || racing.length < 2) return null
  const all = { value: '', label: 'All of them', note: `${racing.map(({ version }) => version).join(', ')} stay out until somebody acknowledges.` }
  return [...racing.map((one) => ({ value: one.key, label: versionOf(one), note: sentence(figuresOf(standing, one)) })), all]
}

/** Do values hold it that have moved? Acknowledging makes what comes next their reference. */
export const hasDrifted = ({ holds = [] }: Standing['experiment']): boolean => holds.some(({ reason }) => reason === 'drift')

const locked = (standing: Standing): Choice[] | null => {
  const { experiment, locks, openPostMortems } = standing
  const held = experiment.variants.filter(({ version }) => locks.some((lock) => lock.version === version))
  if (held.length === 0) return openPostMortems > 0 || hasDrifted(experiment) ? null : []
  const noted = (variant: Variant): Choice => {
    const lock = locks.find(({ version }) => version === variant.version)
    return { value: variant.key, label: versionOf(variant), note: lock ? sentence(`Locked: ${lock.reason}`) : '' }
  }
  return held.length < 2 ? null : [...held.map(noted), { value: '', label: 'All of them', note: '' }]
}

/** The control, while something stands in for it. */
const stoodInFor = ({ experiment }: Standing): Choice[] => {
  const { fallback } = experiment
  if (!fallback) return []
  const control = controlOf(experiment)
  const why = fallback.manual ? 'since a person took it out' : 'since its calls fail'
  return [{ value: control.key, label: versionOf(control), note: `Version ${fallback.version} stands in for it, ${why}; that ends.` }]
}

/** What there is to choose, for one action; null where it concerns the experiment as a whole. */
export const choicesOf = (standing: Standing, action: ActionName): Choice[] | null => {
  switch (action) {
    case 'kill': return each(standing, ({ status }) => status !== 'killed', killed)
    case 'disable': return each(standing, ({ status }) => status === 'live' || status === 'quarantined', spread)
    case 'enable': return [
      ...stoodInFor(standing),
      ...each(standing, ({ status }) => status === 'disabled' || status === 'quarantined', (_, { status }) => sentence(`It is ${status === 'disabled' ? 'disabled' : 'in quarantine'} now`)),
    ]
    case 'promote': return standing.experiment.state === 'baking' ? null
      : each(standing, ({ status }) => status === 'live', (at, variant) => sentence(figuresOf(at, variant), evidenceFor(at, variant)))
    case 'rollback': return rollbacks(standing)
    case 'acknowledge': return locked(standing)
    default: return null
  }
}
