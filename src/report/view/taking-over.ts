import { beforeStandby, noStandbyWords, standbyOf } from '../../core/analyze/weights.ts'
import { firstHealthy, noStandInWords } from '../../core/breaker/stand-in.ts'
import type { VariantState } from '../../core/define/definitions.ts'
import { count, percent, upperFirst } from '../../core/describe/wording.ts'
import { controlOf, nameOfVersion, type Standing, unitsWord, type Variant } from './standing.ts'

// What a roll-through and a fallback would do: one variant or version takes over from others.

/** "3,120 users so far, 40 % of the traffic now"; empty while there is no report. */
export const figuresOf = ({ experiment, report }: Pick<Standing, 'experiment' | 'report'>, { key }: Variant): string => {
  const found = report?.variants.find((one) => one.key === key)
  return found ? `${count(found.units)} ${unitsWord(experiment, found.units)} so far, ${percent(Math.round(found.weight * 1_000) / 1_000)} of the traffic now` : ''
}

const statesOf = ({ variants }: Standing['experiment']): VariantState[] =>
  variants.map(({ key, version, control, status }) => ({ key, version, control: control === true, status }))

/** Who waits, and who makes way. */
type Handover = { standby: string; stopped: string[] }

/** What a roll-through would do, or why there is none. */
export const handoverOf = ({ experiment, locks }: Pick<Standing, 'experiment' | 'locks'>): Handover | string => {
  const variants = statesOf(experiment)
  const standby = variants[standbyOf(experiment, experiment.stage, variants) ?? -1]
  if (!standby) return `${upperFirst(noStandbyWords(experiment, experiment.stage, variants))}.`
  if (locks.some(({ version }) => version === standby.version)) return `${standby.key} waits, but its version ${standby.version} is locked: acknowledge first.`
  const stopped = beforeStandby(variants, standby.key).map(({ key }) => key)
  return stopped.length === 0 ? `No candidate has traffic that ${standby.key} could get.` : { standby: standby.key, stopped }
}

const told = (standing: Standing, key: string): string => {
  const variant = standing.experiment.variants.find((one) => one.key === key)!
  const figures = figuresOf(standing, variant)
  return `${key} (version ${variant.version}${figures === '' ? '' : `; ${figures}`})`
}

export const rolledThrough = (standing: Standing): string => {
  const handover = handoverOf(standing)
  if (typeof handover === 'string') return handover
  const { experiment } = standing
  const { standby, stopped } = handover
  const { version } = experiment.variants.find(({ key }) => key === standby)!
  const killed = stopped.length === 1 ? 'it is killed and its version locked' : 'they are killed and their versions locked'
  return `Nobody gets ${stopped.map((key) => told(standing, key)).join(' or ')} any more: ${killed}, ` +
    `so that nobody makes that champion until somebody acknowledges, and a post-mortem opens. From now on ${standby} (version ${version}), which waited, ` +
    `gets the traffic of ${stopped.join(' and ')}, beside ${controlOf(experiment).key}; what is counted begins anew there. This happens once.`
}

/** What stands in for the control after a fallback, or why nothing can. */
export const fallbackOf = ({ experiment, standIns }: Pick<Standing, 'experiment' | 'standIns'>): { version: string } | string => {
  const control = controlOf(experiment)
  const present = experiment.fallback ?? null
  if (present?.manual) return `Version ${present.version} stands in for ${control.key} already, by a person’s word. Letting ${control.key} back in ends it.`
  const version = present?.version ?? firstHealthy(standIns.versions, statesOf(experiment), [control.version])
  if (version !== null) return { version }
  return `${upperFirst(noStandInWords(control.key, experiment.model, { named: standIns.named, own: experiment.fallbacks !== undefined }))}.`
}

export const fellBack = (standing: Standing): string => {
  const found = fallbackOf(standing)
  if (typeof found === 'string') return found
  const { experiment, champion } = standing
  const { key, version, payload } = controlOf(experiment)
  const name = nameOfVersion(experiment, found.version)
  const instead = `version ${found.version}${name.startsWith('version ') ? '' : ` (${name})`}`
  const rest = 'Everyone else keeps what they get; nothing is promoted by itself meanwhile.'
  if (experiment.fallback) {
    return `${upperFirst(instead)} stands in for ${told(standing, key)} already, until its calls are well. From now on that ends only when somebody lets ${key} back in. ${rest}`
  }
  const outside = version === champion && payload === undefined ? `, also for ${unitsWord(experiment)} who take no part, since ${key} is the champion` : ''
  return `Nobody gets ${told(standing, key)} any more: ${instead} serves instead${outside}, until somebody lets ${key} back in. ${rest}`
}
