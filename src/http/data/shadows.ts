import { shadowsOf } from '../../assign/assign.ts'
import type { CompiledExperiment } from '../../assign/compile.ts'
import type { Deps, Exposure } from '../../deps.ts'

/** A version to be called beside the one that serves, with the token of what it answers. */
export type ShadowCall = { variant: string; version: string; payload: unknown; token: string }

/** One assignment: `draw` is what was hashed, `unit` its keyed hash, `id` the assignment's own. */
type Assigned = { draw: string; unit: string; time: number; id: string }

/**
 * Who is to be called as well for a unit of the split: each with a token of its own, whose outcomes count apart.
 *
 * @param expose is handed the exposure of each
 */
export const shadowCalls = (
  tokens: Deps['tokens'], experiment: CompiledExperiment, { draw, unit, time, id }: Assigned, expose: (exposure: Exposure) => void,
): ShadowCall[] =>
  shadowsOf(experiment, draw).map(({ variant: ordinal, scope, sampleRate }) => {
    const { epoch } = experiment
    const { key: variant = '', version = '', payload = null } = experiment.variants[ordinal] ?? {}
    const token = tokens.sign({ watch: false, shadow: true, experiment: experiment.id, scope, epoch, variant: ordinal, unit, propensity: sampleRate, time, id })
    expose({ scope, unit, epoch, variant: ordinal, propensity: sampleRate, time })
    return { variant, version, payload, token }
  })
