import type { Condition } from '../analyze/analysis.ts'
import type { AnalysisInput, ExperimentFacts } from '../analyze/analysis-input.ts'
import { isDrawn } from '../analyze/weights.ts'
import { plural } from '../describe/wording.ts'
import { type CheckStanding, lackingOf, lackWords, type Missing, type VersionGate } from '../models/checks.ts'
import type { Alarm } from './holds.ts'
import { nextPosition, positionOf, weightsOf } from './position.ts'

// Checks that a stage requires: they are needed before it begins, and nobody goes past them; one that fails later holds.

type Facts = Pick<ExperimentFacts, 'definition' | 'variants' | 'stage' | 'progress'>

/** A stage that would begin, from 0, and the variants that would have traffic in it. */
export type Entered = { stage: number; keys: readonly string[] }

/** The variants with traffic in a stage; the one that waits there for the others to do harm is one of them. */
export const servedIn = ({ definition, variants }: Pick<Facts, 'definition' | 'variants'>, stage: number): Entered => {
  const weights = weightsOf(definition.stages[stage])
  const served = variants.filter((one) => isDrawn(one) && (weights?.[one.key] !== 0 || one.key === definition.policy.next))
  return { stage, keys: served.map(({ key }) => key) }
}

/** The stage that the next step would begin; none where the next one is of the same stage, or none is left. */
export const enteredNext = (experiment: Facts): Entered[] => {
  const here = positionOf(experiment)
  const next = nextPosition(experiment.definition, here)
  return next === null || next.stage === here.stage ? [] : [servedIn(experiment, next.stage)]
}

/** What a promotion leaves no time for: all later stages, a switch that it is done by included. */
export const enteredBy = ({ definition, stage }: Pick<Facts, 'definition' | 'stage'>, winner: string): Entered[] =>
  definition.stages.flatMap((_, index) => (index > stage ? [{ stage: index, keys: [winner] }] : []))

/** What a stage lacks of its versions; nothing where it requires nothing, or what was checked is not looked at. */
export const missingIn = (
  { definition }: Pick<Facts, 'definition'>, { stage, keys }: Entered, gates: readonly VersionGate[] | undefined, champion: string | null,
): Missing[] => {
  const names = definition.stages[stage]?.requires ?? []
  return lackingOf(names, definition.variants.filter(({ key }) => keys.includes(key)), gates, champion)
}

/** One condition for each stage that requires checks. */
export const checkConditions = ({ experiment, gates, champion = null }: AnalysisInput, entered: readonly Entered[]): Condition[] =>
  entered.flatMap((one): Condition[] => {
    const names = experiment.definition.stages[one.stage]?.requires ?? []
    if (names.length === 0) return []
    const missing = missingIn(experiment, one, gates, champion)
    const lacks = missing.map(({ version, checks }) => `version "${version}": ${lackWords(checks)}`)
    return [{
      kind: 'check', text: `stage ${one.stage + 1} may begin: ${plural('check', names.length)} ${names.join(', ')}`,
      met: missing.length === 0, current: missing.length === 0 ? 'passed' : lacks.join('; '), needed: 'passed',
    }]
  })

/** What a failed check is about in the list of holds: `check:load`. */
const checkMetric = (name: string): string => `check:${name}`

/**
 * Checks that the stage in force requires, and that a version with traffic in it has failed since. One that is only being
 * done again says nothing by itself, but what has failed is over only when it passes.
 */
export const checkAlarms = ({ experiment, gates, champion = null }: Pick<AnalysisInput, 'experiment' | 'gates' | 'champion'>): Alarm[] => {
  const { state, stage, holds = [] } = experiment
  if (state !== 'running' && state !== 'paused') return []
  const lasts = (variant: string, name: string): boolean =>
    holds.some((hold) => hold.reason === 'check' && hold.variant === variant && hold.metric === checkMetric(name))
  const failed = (variant: string, { name, status }: CheckStanding): boolean => status === 'fail' || status === 'error' || lasts(variant, name)
  return missingIn(experiment, servedIn(experiment, stage), gates, champion).flatMap(({ variant, version, checks }) =>
    checks.filter((one) => failed(variant, one)).map((one): Alarm => ({
      reason: 'check', variant, metric: checkMetric(one.name), text: `version "${version}" no longer passes a check that its stage requires: ${lackWords([one])}`,
    })))
}
