import { z } from 'zod'
import { CreateExperiment } from './definitions.ts'
import type { Stage } from './stages.ts'

/** Usual orders of stages by name. */
export const Preset = z.enum(['ab', 'canary', 'blue-green', 'shadow', 'bandit', 'pipeline'])
export type Preset = z.infer<typeof Preset>

const canary = {
  allocation: 'steps',
  steps: [
    { coverage: 0.02, hold: 'PT1H' }, { coverage: 0.1, hold: 'PT6H' }, { coverage: 0.2, hold: 'PT12H' },
    { coverage: 0.5, hold: 'P1D' }, { coverage: 1, hold: 'P1D' },
  ],
}

const given: Record<Preset, object[]> = {
  ab: [{ allocation: 'fixed' }],
  canary: [canary],
  'blue-green': [{ allocation: 'switch', gate: 'manual' }],
  shadow: [{ allocation: 'shadow' }],
  bandit: [{ allocation: 'bandit' }],
  pipeline: [{ allocation: 'shadow' }, canary, { allocation: 'bandit' }, { allocation: 'switch' }],
}

/** What a preset stands for, every default told. */
export const stagesOfPreset = (preset: Preset): Stage[] => CreateExperiment.shape.stages.parse(given[preset])

const Given = z.strictObject({
  ...CreateExperiment.shape,
  stages: CreateExperiment.shape.stages.optional(),
  preset: Preset.optional().describe(
    'instead of `stages`, and stored as the stages that it stands for. ab: equal shares; canary: 2, 10, 20, 50 and 100 of 100 take part, in equal shares; ' +
    'blue-green: everybody is switched over once a gate is approved, then a bake; shadow: candidates answer beside the control, unseen; ' +
    'bandit: thompson; pipeline: shadow, canary, bandit, and a switch with its bake',
  ),
})

/** A definition as people send it: with its stages, or the name of a usual order of them. */
export const DraftExperiment = Given.transform(({ preset, stages, ...rest }, context): z.input<typeof CreateExperiment> => {
  if (stages && preset) context.addIssue({ code: 'custom', path: ['preset'], message: 'stands for stages of its own; give `preset` or `stages`, not both', input: preset })
  const chosen = stages ?? (preset && stagesOfPreset(preset))
  if (!chosen) {
    context.addIssue({ code: 'invalid_type', expected: 'array', path: ['stages'], message: 'is required, or a `preset` that stands for some', input: undefined })
    return z.NEVER
  }
  return { ...rest, stages: chosen }
  // what comes out is described, too, where an answer shows it
}).pipe(CreateExperiment)
