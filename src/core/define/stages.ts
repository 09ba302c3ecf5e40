import { z } from 'zod'
import { StageContext } from '../contextual/definition.ts'
import { Requires } from '../models/checks.ts'
import { Duration, Key, Payload } from './fields.ts'

// The kinds of stage that can run, one after the other.

/** After a promotion the former champion keeps a share, so that harm can still be seen beside it. */
export const Bake = z.strictObject({
  units: z.int().min(1).max(1e10).describe('matured units, of both sides together, after which it is over'),
  keep: z.number().min(0.001).max(0.5).default(0.05).describe('share of the units that the control keeps'),
})
export type Bake = z.infer<typeof Bake>

/** What every kind of stage may say: what it needs to begin, and how long it may take, which never stands in for what has to pass. */
const terms = {
  requires: Requires.optional().describe(
    'checks that every version with traffic in it must have passed before it begins, beside those of its model and of the experiment: the first stage needs them at the start, ' +
    'a later one is not entered without them, a switch not promoted by; no evidence and no person overrides that. One that fails ' +
    'while the stage is in force holds the experiment until it passes again',
  ),
  deadline: Duration.optional()
    .describe('the stage is to be over so long after it began; default it may last as long as the experiment'),
  onDeadline: z.enum(['hold', 'stop']).optional()
    .describe('what happens where the deadline passes and something is still missing: `hold` (the default) moves nothing before that is there, or a person acts; `stop` ends without a winner'),
}

const FixedStage = z.strictObject({
  allocation: z.literal('fixed'),
  coverage: z.number().gt(0).max(1).default(1),
  weights: z.record(Key, z.number().min(0).max(1)).optional().describe('sum to 1; default equal'),
  ...terms,
})
/** Weights follow what the outcomes say of the first decision metric, between floor and cap. */
const BanditStage = z.strictObject({
  allocation: z.literal('bandit'),
  algorithm: z.enum(['thompson', 'top-two', 'uniform', 'contextual']).default('thompson')
    .describe('thompson for the least regret, top-two to find the best variant, contextual where the best one depends on `context`'),
  context: StageContext.optional(),
  floor: z.number().min(0.001).max(0.5).default(0.02).describe('least share of every live variant; it bounds how wide later ranges are'),
  cap: z.number().gt(0).max(1).default(1).describe('largest share of any variant'),
  maxStep: z.number().gt(0).max(1).default(0.1).describe('how far the share of a variant may move at once; contextual: how much more the learnt chances count with each move'),
  interval: Duration.default('PT5M').describe('least time between two reallocations; never less than a 500th of maxDuration'),
  minOutcomes: z.int().min(1).max(1e9).default(100).describe('matured outcomes of every live variant before the weights first move'),
  halfLife: Duration.nullable().default(null).describe('age at which data counts half; null never forgets'),
  priors: z.strictObject({ from: Key, discount: z.number().min(0).max(1).default(0.5) }).nullable().default(null)
    .describe('an earlier experiment of the model to start from, and what part of its units counts'),
  unproven: z.enum(['open', 'floor']).default('open')
    .describe('what a variant may get while its guardrails neither pass nor fail: its share, or no more than the floor'),
  coverage: z.number().gt(0).max(1).default(1),
  ...terms,
})
export type BanditStage = z.infer<typeof BanditStage>

const Coverage = z.number().gt(0).max(1)
/** What a manual gate is called; it stays shut until somebody approves it. */
const Gate = Key.nullable().default(null).describe('`manual`, or a name: a person approves before it goes on; null without')

export const Step = z.strictObject({
  coverage: Coverage.default(1).describe('share of the units that are enrolled, never less than before; a canary at p % is 2p with equal weights'),
  hold: Duration.default('PT10M').describe('least time at this step'),
  minUnits: z.int().min(0).max(1e10).default(200).describe('matured units of each variant that come new at this step, before it goes on'),
  audience: Payload.nullable().default(null)
    .describe('JSON Logic over attributes, beside that of the experiment: whom an earlier step takes, later ones take as well; null: everybody'),
  gate: Gate,
})
export type Step = z.infer<typeof Step>

/** More and more units take part, by coverage or by audience, each for good: none changes its variant on the way. */
const StepsStage = z.strictObject({
  allocation: z.literal('steps'),
  steps: z.array(Step).min(1).max(50),
  weights: z.record(Key, z.number().min(0).max(1)).optional().describe('sum to 1; default equal, so that the control group grows as the candidate does'),
  ...terms,
})
export type StepsStage = z.infer<typeof StepsStage>

/** From nobody to everybody, then a bake. The control serves until the gate is open. */
const SwitchStage = z.strictObject({
  allocation: z.literal('switch'),
  gate: Gate,
  bake: Bake.prefault({ units: 20_000 }),
  ...terms,
})
export type SwitchStage = z.infer<typeof SwitchStage>

/** The control answers everybody; `/assign` lists the others to be called as well, and what they answer counts apart. */
const ShadowStage = z.strictObject({
  allocation: z.literal('shadow'),
  sampleRate: z.number().gt(0).max(1).default(1).describe('part of the units whose requests go to the shadows, too'),
  ...terms,
})
export type ShadowStage = z.infer<typeof ShadowStage>

export const Stage = z.discriminatedUnion('allocation', [FixedStage, StepsStage, SwitchStage, BanditStage, ShadowStage])
export type Stage = z.infer<typeof Stage>
