import { assign } from '../../src/assign/assign.ts'
import { compileSnapshot } from '../../src/assign/compile.ts'
import { fmix32, hashFrom, murmur3, startHash } from '../../src/assign/hash.ts'
import { compileArms, drawArm } from '../../src/assign/rendezvous.ts'
import type { Decision, SnapshotExperiment, SnapshotVariant } from '../../src/assign/snapshot.ts'
import document from '../../src/assign/vectors/v1.json' with { type: 'json' }
import { compileRule } from '../../src/targeting/compile.ts'
import { checkContextual } from './check-contextual.ts'
import { checkAll, type Checked } from './checked.ts'

const experiments = (enabled: boolean) =>
  compileSnapshot(
    {
      format: 1,
      version: 1,
      models: [{ id: 1, key: 'assistant', enabled, unitType: 'user', champion: null, fallbacks: [] }],
      experiments: document.experiments as unknown as SnapshotExperiment[],
      dormant: [],
    },
    compileRule,
  ).experiments

/** A snapshot of one experiment, to check enrolment and draws through `assign` itself. */
const single = (key: string, salt: string, coverage: number, arms: readonly (readonly [string, number])[]) => {
  const variants = arms.map(([arm, weight], ordinal): SnapshotVariant => ({
    key: arm, version: '1', payload: null, weight, control: ordinal === 0, status: 'live', watch: 1,
  }))
  const experiment = { ...(document.experiments[0] as unknown as SnapshotExperiment), key, salt, coverage, variants }
  const model = { id: 1, key: 'assistant', enabled: true, unitType: 'user', champion: null, fallbacks: [] }
  const snapshot = compileSnapshot(
    { format: 1, version: 1, models: [model], experiments: [experiment], dormant: [] },
    compileRule,
  )
  return (unit: string): Decision => {
    const compiled = snapshot.experiments.get(key)
    if (!compiled) throw new Error(`${key} is missing from its snapshot`)
    return assign(compiled, { unit, draw: unit, attributes: {}, sticky: null })
  }
}

const compiled = { on: experiments(true), off: experiments(false) }

const rounded = ({ reason, variant, propensity }: Decision): Decision => ({
  reason, variant, propensity: propensity && Number(propensity.toFixed(12)),
})

/** Every frozen vector of assignment version 1 against this runtime. */
export const checkVectors = (): Record<string, Checked> => ({
  ...checkContextual(),
  hashes: checkAll(document.hashes, ({ text, seed }) => murmur3(text, seed), ({ hash }) => hash),
  continued: checkAll(
    document.hashes,
    ({ text, seed }) => {
      const letters = [...text]
      const at = 1 + (letters.length % 5)
      return hashFrom(startHash(letters.slice(0, at).join(''), seed), letters.slice(at).join(''))
    },
    ({ hash }) => hash,
  ),
  finalised: checkAll(document.finalised, ({ input }) => fmix32(input) >>> 0, ({ output }) => output),
  enrolments: checkAll(
    document.enrolments,
    ({ experiment, salt, coverage, unit }) => single(experiment, salt, coverage, [['a', 1]])(unit).reason,
    ({ enrolled }) => (enrolled ? 'split' : 'not_enrolled'),
  ),
  draws: checkAll(
    document.draws,
    ({ experiment, salt, arms, unit }) => {
      const shares = arms as [string, number][]
      return shares[single(experiment, salt, 1, shares)(unit).variant]?.[0]
    },
    ({ winner }) => winner,
  ),
  /** The order of the arms is nobody's business: reversed, the same key wins. */
  reversed: checkAll(
    document.draws,
    ({ experiment, salt, arms, unit }) => {
      const shares = (arms as [string, number][]).toReversed()
      const armsReversed = compileArms(shares.map(([key, weight], ordinal) => ({ key, weight, ordinal })))
      const ordinal = armsReversed.ordinals[drawArm(armsReversed, murmur3(`${experiment}:${salt}:${unit}`))]
      return shares[ordinal as number]?.[0]
    },
    ({ winner }) => winner,
  ),
  decisions: checkAll(
    document.decisions,
    ({ experiment, enabled, unitHash, ...request }) => {
      const found = (enabled ? compiled.on : compiled.off).get(experiment)
      if (!found) throw new Error(`no experiment ${experiment}`)
      const { plan, age } = request.attributes as { plan?: string; age?: number }
      const attributes = { ...(plan === undefined ? {} : { plan }), ...(age === undefined ? {} : { age }) }
      return rounded(assign(found, { ...request, attributes, unitHash: () => unitHash }))
    },
    ({ expected }) => rounded(expected as Decision),
  ),
})
