/**
 * What one assignment costs in the process: `node load/assign-bench.ts [seconds a case]`.
 * Machines differ, so each rate is also told as a ratio to a bare murmur3 over the same units in the same run.
 */
import { randomBytes } from 'node:crypto'
import { assign } from '../src/assign/assign.ts'
import { type CompiledExperiment, compileSnapshot } from '../src/assign/compile.ts'
import { murmur3 } from '../src/assign/hash.ts'
import type { SnapshotExperiment } from '../src/assign/snapshot.ts'
import { compileRule } from '../src/targeting/compile.ts'
import { createAssignmentIds } from '../src/token/ids.ts'
import { createTokens } from '../src/token/token.ts'
import { cachedUnitHasher, createUnitHasher } from '../src/token/unit.ts'

const seconds = Number(process.argv[2] ?? 1)
const MASK = 0xffff
const units = Array.from({ length: MASK + 1 }, (_, i) => `user-${i * 7919}`)
const foreign = units.map((unit) => `größe-${unit}`)

const experimentWith = (weights: readonly number[], more: Partial<SnapshotExperiment> = {}): CompiledExperiment => {
  const experiment: SnapshotExperiment = {
    id: 1, key: 'assistant-7b', model: 'assistant', unitType: 'user', stickiness: 'hash', salt: '9f2c41ab', scope: 1,
    epoch: 1, coverage: 1, layer: null, audience: null, overrides: {},
    variants: weights.map((weight, ordinal) => ({
      key: `variant-${ordinal}`, version: '1', payload: null, weight, control: ordinal === 0, status: 'live', watch: 1,
    })),
    ...more,
  }
  const model = { id: 1, key: 'assistant', enabled: true, unitType: 'user', champion: null, fallbacks: [] }
  const snapshot = compileSnapshot(
    { format: 1, version: 1, models: [model], experiments: [experiment], dormant: [] },
    compileRule,
  )
  return snapshot.experiments.get(experiment.key) as CompiledExperiment
}

const attributes = { country: 'AT', age: 31, plan: 'pro' }
const audience = { and: [{ in: [{ var: 'country' }, ['DE', 'AT', 'CH']] }, { '>=': [{ var: 'age' }, 18] }] }
const layer = { key: 'front-page', from: 0, to: 0.9 }

/** Assigning all units of a list, over and over. */
const assigning = (experiment: CompiledExperiment, names = units) => (i: number): number => {
  const unit = names[i & MASK] as string
  return assign(experiment, { unit, draw: unit, attributes, sticky: null }).variant
}

const tokens = createTokens([randomBytes(32)])
const hashUnit = createUnitHasher(randomBytes(32))
const cachedHash = cachedUnitHasher(hashUnit, 100_000)
const nextId = createAssignmentIds()
const unit = hashUnit('user', 'user-1')
const sample = {
  watch: false, shadow: false, experiment: 7, scope: 9, epoch: 3, variant: 1, unit, propensity: 0.25, time: 1.7e12, id: nextId(),
}
const token = tokens.sign(sample)

const thirds = [0.5, 0.3, 0.2]
const twenty = Array.from({ length: 20 }, (_, i) => (i + 1) / 210)
const cases: Record<string, (i: number) => unknown> = {
  'bare murmur3 of the unit': (i) => murmur3(units[i & MASK] as string),
  'assign, 3 variants': assigning(experimentWith(thirds)),
  'assign, 3 variants of equal weight': assigning(experimentWith([1 / 3, 1 / 3, 1 / 3])),
  'assign, 2 variants, coverage 4 %': assigning(experimentWith([0.5, 0.5], { coverage: 0.04 })),
  'assign, 20 variants': assigning(experimentWith(twenty)),
  'assign, 3 variants, layer and audience': assigning(experimentWith(thirds, { layer, audience })),
  'assign, 3 variants, units beyond ASCII': assigning(experimentWith(thirds), foreign),
  'unit hash, new unit': (i) => hashUnit('user', units[i & MASK] as string),
  'unit hash, returning unit': (i) => cachedHash('user', units[i & 0xfff] as string),
  'assignment id': () => nextId(),
  'token sign': () => tokens.sign(sample),
  'token verify': () => tokens.verify(token),
}

/** The best rate of five rounds, per second: rounds that other work disturbed drop out. */
const rateOf = (work: (i: number) => unknown): number => {
  const rates = Array.from({ length: 5 }, () => {
    const start = performance.now()
    let done = 0
    let kept: unknown = null
    while (performance.now() - start < seconds * 200) {
      for (const end = done + 2_000; done < end; done++) kept = work(done)
    }
    if (kept === undefined) throw new Error('nothing was worked out')
    return (done * 1_000) / (performance.now() - start)
  })
  return Math.max(...rates)
}

let bare = 0
for (const [name, work] of Object.entries(cases)) {
  const rate = rateOf(work)
  bare ||= rate
  const micros = (1e6 / rate).toFixed(3)
  console.log(`${name.padEnd(40)} ${(rate / 1e6).toFixed(2).padStart(7)} M/s ${micros.padStart(8)} µs ${(rate / bare).toFixed(3).padStart(7)} of bare`)
}
