import { assign } from '../../src/assign/assign.ts'
import { compileSnapshot } from '../../src/assign/compile.ts'
import { chancesAt, featuresOf } from '../../src/assign/context.ts'
import type { Attributes, Context, Decision, SnapshotExperiment } from '../../src/assign/snapshot.ts'
import document from '../../src/assign/vectors/contextual.json' with { type: 'json' }
import { compileRule } from '../../src/targeting/compile.ts'
import { checkAll, type Checked } from './checked.ts'

/**
 * What is as near as this is the same: engines may differ in the last bit, and the normal distribution that is summed jumps by
 * 1e−9 at its mean, on which the edge of a cell may lie.
 */
const tolerance = 1e-8
/** How far the sum over cells may lie from the integral that it stands for. */
const coarse = 0.005

const like = (got: number, wanted: number, within = tolerance): number => (Math.abs(got - wanted) <= within ? wanted : got)

const { experiments } = compileSnapshot(
  {
    format: 1,
    version: 1,
    models: [{ id: 1, key: 'assistant', enabled: true, unitType: 'user', champion: null, fallbacks: [] }],
    experiments: document.experiments as unknown as SnapshotExperiment[],
    dormant: [],
  },
  compileRule,
)

const told = ({ reason, variant, propensity, instead }: Decision, wanted: number | null): Decision => ({
  reason, variant, propensity: propensity === null || wanted === null ? propensity : like(propensity, wanted), ...(instead !== undefined && { instead }),
})

const chancesOf = ({ arms, features }: (typeof document.chances)[number]): number[] =>
  chancesAt(arms.map((arm, variant) => ({ ...arm, variant, held: false })), features)

/** Every frozen vector of assignment by attributes against this runtime. */
export const checkContextual = (): Record<string, Checked> => ({
  features: checkAll(
    document.features,
    ({ context, attributes }) => featuresOf(document.contexts[context] as Context, attributes as Attributes),
    ({ features }) => features,
  ),
  chances: checkAll(
    document.chances,
    (one) => chancesOf(one).map((chance, arm) => like(chance, one.chances[arm] as number)),
    ({ chances }) => chances,
  ),
  integrals: checkAll(
    document.chances,
    (one) => chancesOf(one).map((chance, arm) => like(chance, one.exact[arm] as number, coarse)),
    ({ exact }) => exact,
  ),
  contextual: checkAll(
    document.decisions,
    ({ experiment, expected, attributes, ...request }) => {
      const found = experiments.get(experiment)
      if (!found) throw new Error(`no experiment ${experiment}`)
      return told(assign(found, { ...request, attributes: attributes as Attributes }), expected.propensity)
    },
    ({ expected }) => told(expected as Decision, null),
  ),
})
