import type { Violation } from '../../errors.ts'
import { CreateExperiment } from '../../core/define/definitions.ts'
import { type Fields, fromIso, fromMoment, rowsIn, toIso, toMoment } from './fields.ts'

type Part = Record<string, unknown>

/** Stages whose shares the variants' rows tell. */
const weighed = new Set(['fixed', 'steps'])
const stageNumbers = ['coverage', 'floor', 'cap', 'minOutcomes'] as const
const policyNumbers = ['alpha', 'minUnits', 'plannedUnits'] as const
const policyTimes = ['minDuration', 'maxDuration'] as const
const policyChoices = ['method', 'mode', 'goal', 'onHarm', 'onPause'] as const
const policyBoxes = ['autoPromote', 'autoKill'] as const
const topTexts = ['key', 'model', 'hypothesis', 'description', 'unit'] as const
const harms = ['margin', 'relativeMargin', 'limit'] as const

/**
 * What a form says, as the API takes it: what was left empty is left out. The schema judges it; `violations` are only of
 * text that should be JSON.
 */
export const candidateOf = (fields: Fields): { definition: Part; violations: Violation[] } => {
  const violations: Violation[] = []
  const text = (name: string): string | undefined => fields[name]?.trim() || undefined
  const number = (name: string): number | string | undefined => {
    const told = text(name)
    return told === undefined || Number.isNaN(Number(told)) ? told : Number(told)
  }
  const time = (name: string): string | undefined => {
    const told = text(name)
    return told === undefined ? undefined : toIso(told)
  }
  const startAt = text('startAt')
  const json = (name: string): unknown => {
    const told = text(name)
    if (told === undefined) return undefined
    try {
      return JSON.parse(told)
    } catch {
      violations.push({ path: name, message: 'expected JSON' })
      return undefined
    }
  }
  const object = (name: string): Part => {
    const value = json(name)
    if (value === undefined) return {}
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Part
    violations.push({ path: name, message: 'expected an object of JSON: { … }' })
    return {}
  }
  const picked = <T>(names: readonly string[], at: string, read: (name: string) => T): Part =>
    Object.fromEntries(names.map((name) => [name, read(at + name)] as const).filter(([, value]) => value !== undefined))
  const given = (value: Part): Part => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined))

  const rows = (list: 'variants' | 'metrics'): number[] => Array.from({ length: rowsIn(fields, list) }, (_, index) => index)
  const variants = rows('variants').map((index) => {
    const at = `variants[${index}].`
    return given({ key: text(`${at}key`), version: text(`${at}version`), control: fields['control'] === String(index) || undefined, warm: fields[`${at}warm`] === 'on' || undefined, payload: json(`${at}payload`) })
  })
  const weights = rows('variants').flatMap((index) => {
    const [key, weight] = [text(`variants[${index}].key`), number(`variants[${index}].weight`)]
    return key === undefined || weight === undefined ? [] : [[key, weight] as const]
  })
  const metrics = rows('metrics').map((index) => {
    const at = `metrics[${index}].`
    const harm = number(`${at}harm`)
    return {
      ...given({ metric: text(`${at}metric`), role: text(`${at}role`), smallestEffect: number(`${at}smallestEffect`) }),
      ...(harm === undefined ? {} : { [text(`${at}harmIn`) ?? 'margin']: harm }),
      ...object(`${at}more`),
    }
  })
  const allocation = text('stages[0].allocation') ?? 'fixed'
  const bandit = allocation === 'bandit'
  const stage = {
    allocation,
    ...(bandit
      ? { ...given({ algorithm: text('stages[0].algorithm') }), ...picked(stageNumbers, 'stages[0].', number) }
      : {
        ...(allocation === 'fixed' ? picked(['coverage'], 'stages[0].', number) : {}),
        ...(weights.length > 0 && weighed.has(allocation) ? { weights: Object.fromEntries(weights) } : {}),
      }),
    ...object('stages[0].more'),
  }
  const further = json('stages.more') ?? []
  if (!Array.isArray(further)) violations.push({ path: 'stages.more', message: 'expected a list of JSON: [ … ]' })
  const bake = given({ units: number('policy.bake.units'), keep: number('policy.bake.keep') })
  const policy = {
    ...picked(policyChoices, 'policy.', text), ...picked(policyNumbers, 'policy.', number), ...picked(policyTimes, 'policy.', time),
    ...picked(policyBoxes, 'policy.', (name) => fields[name] === 'on'),
    ...(Object.keys(bake).length > 0 ? { bake } : {}),
    ...object('policy.more'),
  }
  const definition = {
    ...picked(topTexts, '', text), ...given({ window: time('window'), startAt: startAt && toMoment(startAt) }), ...(fields['unguarded'] === 'on' ? { unguarded: true } : {}),
    variants, metrics, stages: [stage, ...(Array.isArray(further) ? further : [])], policy,
    ...object('more'),
  }
  return { definition, violations }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : String(value))
const jsonText = (value: Part | unknown[]): string => ((Array.isArray(value) ? value.length : Object.keys(value).length) === 0 ? '' : JSON.stringify(value, null, 1))

/** Of these, those that are not what is used when they are left out. */
const telling = (value: Part, usual: Part = {}): Part =>
  Object.fromEntries(Object.entries(value).filter(([name, one]) => one !== null && one !== undefined && one !== usual[name]))

/** The definition in a form: what has no field of its own is JSON in the field for more. */
export const fieldsOf = (definition: CreateExperiment): Fields => {
  const fields: Fields = {}
  const put = (name: string, value: unknown): void => {
    if (value !== undefined && value !== null && value !== '') fields[name] = textOf(value)
  }
  const { variants, metrics, stages: [stage, ...further], policy, window, startAt, unguarded, ...top } = definition
  for (const name of topTexts) put(name, top[name])
  put('window', fromIso(window))
  put('startAt', startAt && fromMoment(startAt))
  if (unguarded) put('unguarded', 'on')
  const rest = Object.fromEntries(Object.entries(top).filter(([name]) => !(topTexts as readonly string[]).includes(name)))
  put('more', jsonText(telling(rest, { epochLength: 'PT1H' })))

  const { allocation = 'fixed', ...traffic } = stage ?? {}
  const { weights = {}, ...tuned } = traffic as Part & { weights?: Record<string, number> }
  variants.forEach(({ key, version, control, warm, payload }, index) => {
    const at = `variants[${index}].`
    put(`${at}key`, key)
    put(`${at}version`, version)
    put(`${at}weight`, weights[key])
    if (payload !== undefined) put(`${at}payload`, JSON.stringify(payload))
    if (control === true) put('control', index)
    if (warm === true) put(`${at}warm`, 'on')
  })
  metrics.forEach(({ metric, role, smallestEffect, ...more }, index) => {
    const at = `metrics[${index}].`
    put(`${at}metric`, metric)
    put(`${at}role`, role)
    put(`${at}smallestEffect`, smallestEffect)
    const harmIn = harms.find((name) => more[name] !== undefined)
    if (harmIn) {
      put(`${at}harm`, more[harmIn])
      put(`${at}harmIn`, harmIn)
    }
    put(`${at}more`, jsonText(Object.fromEntries(Object.entries(more).filter(([name]) => name !== harmIn))))
  })
  put('stages[0].allocation', allocation)
  const ownFields = allocation === 'bandit' ? ['algorithm', ...stageNumbers] : allocation === 'fixed' ? ['coverage'] : []
  for (const name of ownFields) put(`stages[0].${name}`, tuned[name])
  put('stages[0].more', jsonText(telling(Object.fromEntries(Object.entries(tuned).filter(([name]) => !ownFields.includes(name))), { interval: 'PT5M', unproven: 'open' })))
  put('stages.more', jsonText(further))

  const { bake, ...rules } = policy
  for (const name of [...policyChoices, ...policyNumbers]) put(`policy.${name}`, rules[name])
  for (const name of policyTimes) put(`policy.${name}`, fromIso(rules[name]))
  for (const name of policyBoxes) if (rules[name]) put(`policy.${name}`, 'on')
  put('policy.bake.units', bake?.units)
  put('policy.bake.keep', bake?.keep)
  const told = [...policyChoices, ...policyNumbers, ...policyTimes, ...policyBoxes] as string[]
  put('policy.more', jsonText(telling(Object.fromEntries(Object.entries(rules).filter(([name]) => !told.includes(name))))))
  return fields
}

/** The definition of an experiment that is stored, without what it has become. */
export const definitionOf = (view: Part & { variants: readonly Part[] }): CreateExperiment => {
  const pick = (from: Part, names: readonly string[]): Part =>
    Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])))
  const definition = pick(view, Object.keys(CreateExperiment.shape))
  return { ...definition, variants: view.variants.map((one) => pick(one, ['key', 'version', 'payload', 'control', 'warm'])) } as CreateExperiment
}

/** The same as a new draft: another key, and a draw of its own for who gets what. */
export const cloneOf = ({ salt: _salt, startAt: _startAt, ...definition }: CreateExperiment, taken: readonly string[] = []): CreateExperiment => {
  const stem = definition.key.replace(/-\d+$/, '').slice(0, 58)
  for (let number = 2; ; number++) if (!taken.includes(`${stem}-${number}`)) return { ...definition, key: `${stem}-${number}` }
}

/** What a new form begins with: two variants, a metric to decide and a guardrail, the usual rules. */
export const blank = (): Fields => ({
  control: '0', 'variants[0].key': '', 'variants[1].key': '', 'metrics[0].role': 'decision', 'metrics[1].role': 'guardrail', unit: 'user',
  'stages[0].allocation': 'fixed', 'stages[0].coverage': '1', window: '0 days',
  'policy.method': 'sequential', 'policy.alpha': '0.05', 'policy.minUnits': '1000', 'policy.minDuration': '24 hours', 'policy.maxDuration': '14 days',
  'policy.mode': 'auto', 'policy.goal': 'superior', 'policy.onHarm': 'rollback', 'policy.onPause': 'keep', 'policy.autoPromote': 'on', 'policy.autoKill': 'on',
})

/** Which field a complaint of the API is about. */
export const fieldOf = (path: string): string => {
  const renamed: [RegExp, string][] = [
    [/^metrics\[(\d+)\]\.(margin|relativeMargin|limit)\b.*$/, 'metrics[$1].harm'],
    [/^(metrics\[\d+\])\.(?!metric$|role$|smallestEffect$|harm$|more$|baseline$|spread$).*$/, '$1.more'],
    [/^metrics\[(\d+)\]$/, 'metrics[$1].metric'],
    [/^metrics$/, 'metrics[0].metric'],
    [/^stages\[0\]\.weights\b.*$/, 'variants[0].weight'],
    [/^stages\[0\](\.(?!allocation$|coverage$|algorithm$|floor$|cap$|minOutcomes$|more$).*)?$/, 'stages[0].more'],
    [/^stages(\[[1-9].*)?$/, 'stages.more'],
    [/^(variants\[\d+\]\.payload)\b.*$/, '$1'],
    [/^(variants\[\d+\])(\.control)?$/, '$1.key'],
    [/^variants$/, 'variants[0].key'],
    [/^policy\.bake$/, 'policy.bake.units'],
  ]
  for (const [pattern, name] of renamed) if (pattern.test(path)) return path.replace(pattern, name)
  if (/^(variants|metrics|stages)\b/.test(path)) return path
  const [head = '', own] = path.split('.')
  if (head === 'policy') {
    const known: string[] = [...policyChoices, ...policyNumbers, ...policyTimes, ...policyBoxes, 'bake']
    return known.includes(own ?? '') ? path : 'policy.more'
  }
  if (head === 'plan') return path
  return ['window', 'startAt', 'unguarded', 'more', ...topTexts].includes(head) ? head : 'more'
}
