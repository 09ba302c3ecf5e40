import type { Json } from '../../assign/snapshot.ts'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { Bake, CreateExperiment, Progress, Stage, Step, SwitchStage } from '../define/definitions.ts'
import type { StageReport } from '../analyze/report.ts'

/** Where an experiment is in the order of its stages, and in the steps of one; both from 0. */
export type Position = { stage: number; step: number }

type Stages = Pick<CreateExperiment, 'stages'>

export const noProgress: Progress = { step: 0, from: 0, since: null, gates: {} }
export const firstPosition: Position = { stage: 0, step: 0 }

export const positionOf = ({ stage, progress }: Pick<Standing, 'stage' | 'progress'>): Position => ({ stage, step: progress?.step ?? 0 })

/** The steps of a stage; none where it has none. */
export const stepsOf = (stage: Stage | undefined): readonly Step[] => (stage?.allocation === 'steps' ? stage.steps : [])

export const stepAt = ({ stages }: Stages, { stage, step }: Position): Step | null => stepsOf(stages[stage])[step] ?? null

/** Weights as declared, by the key of the variant; undefined where they are equal, move, or follow from a switch. */
export const weightsOf = (stage: Stage | undefined): Record<string, number> | undefined =>
  stage?.allocation === 'fixed' || stage?.allocation === 'steps' ? stage.weights : undefined

/** Share of the units that a position enrols. */
export const coverageAt = (definition: Stages, position: Position): number => {
  const stage = definition.stages[position.stage]
  if (stage?.allocation === 'steps') return stepAt(definition, position)?.coverage ?? 1
  return stage?.allocation === 'fixed' || stage?.allocation === 'bandit' ? stage.coverage : 1
}

/** Since when its stage, or the step of it, is in force; since the start where nothing ever moved, null before it. */
export const stageSince = ({ progress, startedAt }: Since): Date | null => (progress?.since ? new Date(progress.since.stage) : startedAt)
export const stepSince = ({ progress, startedAt }: Since): Date | null => (progress?.since ? new Date(progress.since.step) : startedAt)
type Since = Pick<ExperimentFacts, 'progress' | 'startedAt'>

/** Does a switch wait in a stage of its own, since nothing was served before it? Else it is how the stage before it promotes. */
export const isEntered = (stages: readonly Stage[], stage: number): boolean => stages[stage - 1] === undefined || stages[stage - 1]?.allocation === 'shadow'

/** The position after this one; null where all are taken, and a promotion is what is left. */
export const nextPosition = ({ stages }: Stages, { stage, step }: Position): Position | null => {
  if (step + 1 < stepsOf(stages[stage]).length) return { stage, step: step + 1 }
  const next = stages[stage + 1]
  return next === undefined || (next.allocation === 'switch' && !isEntered(stages, stage + 1)) ? null : { stage: stage + 1, step: 0 }
}

/** The switch by which the experiment promotes; null where it has none. */
export const switchOf = ({ stages }: Stages): SwitchStage | null => {
  const last = stages.at(-1)
  return last?.allocation === 'switch' ? last : null
}

/** Does it wait at a switch, where nothing is compared before the bake? */
export const atSwitch = ({ definition, stage, scopeKind }: Pick<ExperimentFacts, 'definition' | 'stage' | 'scopeKind'>): boolean =>
  definition.stages[stage]?.allocation === 'switch' && scopeKind !== 'bake'

/** Is it in a stage in which the control answers everybody, and candidates are only compared with it? */
export const inShadow = ({ definition, stage, scopeKind }: Pick<ExperimentFacts, 'definition' | 'stage' | 'scopeKind'>): boolean =>
  definition.stages[stage]?.allocation === 'shadow' && scopeKind !== 'bake'

/** The bake that follows a promotion; null where it is final. */
export const plannedBake = (definition: Pick<CreateExperiment, 'stages' | 'policy'>): Bake | null =>
  switchOf(definition)?.bake ?? definition.policy.bake

/**
 * Whom the steps up to this one take, as a rule; null where that is everybody. It is a union, so that a unit that was
 * enrolled stays so whatever its attributes say of later steps.
 */
export const audienceAt = ({ stages }: Stages, { stage, step }: Position): Json => {
  const audiences = stepsOf(stages[stage]).slice(0, step + 1).map(({ audience }) => audience)
  if (audiences.length === 0 || audiences.includes(null)) return null
  return audiences.length === 1 ? (audiences[0] ?? null) : { or: audiences }
}

/** Both rules at once; null takes everybody. */
export const bothRules = (one: Json, other: Json): Json => (one === null ? other : other === null ? one : { and: [one, other] })

// Gates -----------------------------------------------------------------------------------------------------------------

export type Gate = { key: string; name: string; position: Position; state: 'open' | 'approved' | 'rejected' }

/** Under which a gate's state is kept. */
export const gateKey = ({ stage, step }: Position): string => `${stage}.${step}`

const gateAt = (definition: Stages, position: Position): string | null => {
  const stage = definition.stages[position.stage]
  return stage?.allocation === 'switch' ? stage.gate : (stepAt(definition, position)?.gate ?? null)
}

/** All positions from one on, that of a switch at the end included. */
const positionsFrom = ({ stages }: Stages, from: Position): Position[] =>
  stages.flatMap((stage, index) => Array.from({ length: Math.max(1, stepsOf(stage).length) }, (_, step) => ({ stage: index, step })))
    .filter(({ stage, step }) => stage > from.stage || (stage === from.stage && step >= from.step))

export type Standing = { definition: Stages; stage: number; progress?: Progress | null | undefined }

/** The gates from here on, in their order. An `open` question, not an open door: nobody has said anything yet. */
export const gatesAhead = ({ definition, stage, progress }: Standing): Gate[] =>
  positionsFrom(definition, positionOf({ stage, progress })).flatMap((position): Gate[] => {
    const name = gateAt(definition, position)
    const key = gateKey(position)
    return name === null ? [] : [{ key, name, position, state: progress?.gates[key] ?? 'open' }]
  })

/** The gates that stand before what comes next: that of this step, and before a promotion that of the switch. */
export const gatesHere = (experiment: Standing): Gate[] => {
  const here = positionOf(experiment)
  const promotes = nextPosition(experiment.definition, here) === null
  return gatesAhead(experiment).filter(({ position }) => promotes || (position.stage === here.stage && position.step === here.step))
}

export type GateView = { name: string; stage: number; step: number; state: Gate['state'] }

/** Where an experiment is, for readers. */
export const stageView = (experiment: Standing): { stage: number; step: number; since: Progress['since']; gates: GateView[] } => ({
  ...positionOf(experiment),
  since: experiment.progress?.since ?? null,
  gates: gatesAhead({ ...experiment, stage: 0, progress: { ...(experiment.progress ?? noProgress), step: 0 } })
    .map(({ name, position, state }) => ({ name, ...position, state })),
})

/** How a person says which step that is: "step 2 of 5", with the stage where there are several. */
export const positionWords = ({ stages }: Stages, { stage, step }: Position): string => {
  const steps = stepsOf(stages[stage]).length
  const counted = stages.filter(({ allocation }, index) => allocation !== 'switch' || isEntered(stages, index)).length
  const parts = [...(steps > 0 ? [`step ${step + 1} of ${steps}`] : []), ...(counted > 1 || steps === 0 ? [`stage ${stage + 1} of ${counted}`] : [])]
  return parts.join(' in ')
}

/** What a report tells of its position; null where there is but one, or a bake goes on. */
export const stageReportOf = ({ definition, stage, progress, scopeKind, startedAt }: Standing & Pick<ExperimentFacts, 'scopeKind' | 'startedAt'>): StageReport | null => {
  const here = positionOf({ stage, progress })
  const own = definition.stages[stage]
  if (own === undefined || scopeKind === 'bake' || (definition.stages.length === 1 && (own.allocation === 'fixed' || own.allocation === 'bandit'))) return null
  const steps = stepsOf(own).length
  const next = nextPosition(definition, here)
  return {
    number: stage + 1, of: definition.stages.length, allocation: own.allocation, step: steps > 0 ? { number: here.step + 1, of: steps } : null,
    coverage: coverageAt(definition, here), since: progress?.since?.step ?? startedAt?.toISOString() ?? null,
    words: positionWords(definition, here), next: next && positionWords(definition, next),
  }
}

/** What a change of position leaves of the progress. `epoch`: the first one at the new position; `at`: when it begins. */
export const progressAfter = (
  { stage, progress }: Pick<Standing, 'stage' | 'progress'>, { position, gates }: { position?: Position; gates?: Progress['gates'] }, epoch: number, at: string,
): Progress | null => {
  const kept = progress ?? noProgress
  if (!position) return gates ? { ...kept, gates } : (progress ?? null)
  const stageSince = kept.since !== null && position.stage === stage ? kept.since.stage : at
  return { step: position.step, from: epoch, since: { stage: stageSince, step: at }, gates: gates ?? kept.gates }
}
