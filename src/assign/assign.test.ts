import { describe, expect, it, vi } from 'vitest'
import { assign, assignChampion, chooseExperiment } from './assign.ts'
import { type CompiledModel, compileSnapshot } from './compile.ts'
import { attributeRule, compiledWith, decide, experimentWith, modelNamed, requestFor, snapshotWith, units, variantsOf } from './fixtures.ts'

const TESTER = '0123456789abcdef0123456789abcdef'
const champion = { variant: -1, propensity: null }

describe('assign', () => {
  /** An experiment that refuses a unit for every reason at once, and what is lifted, one after the other. */
  it('gives the first reason of the fixed order', () => {
    const nowhere = { key: 'ui', from: 0, to: 0 }
    const all = { overrides: { [TESTER]: 1 }, layer: nowhere, audience: 'pro', coverage: 0 }
    const request = requestFor('u', { unitHash: () => TESTER })
    expect(assign(compiledWith(all, { enabled: false }), request)).toEqual({ reason: 'disabled', ...champion })
    expect(assign(compiledWith(all), request)).toEqual({ reason: 'override', variant: 1, propensity: null })
    expect(assign(compiledWith({ ...all, overrides: {} }), request)).toEqual({ reason: 'layer', ...champion })
    expect(assign(compiledWith({ ...all, overrides: {}, layer: null }), request)).toEqual({ reason: 'not_targeted', ...champion })
    expect(assign(compiledWith({ coverage: 0 }), request)).toEqual({ reason: 'not_enrolled', ...champion })
    expect(assign(compiledWith({ variants: variantsOf([0, 0]) }), request)).toEqual({ reason: 'fallback', ...champion })
    expect(assign(compiledWith(), request)).toMatchObject({ reason: 'split', propensity: 0.5 })
  })

  it('answers the drawn variant\'s own weight as propensity', () => {
    const weights = [0.7, 0.1, 0.2]
    const experiment = compiledWith({ variants: variantsOf(weights) })
    for (const unit of units(50)) {
      const { variant, propensity } = decide(experiment, unit)
      expect(propensity).toBe(weights[variant])
    }
  })

  it('answers the share among the living where an arm was killed and not yet reweighted', () => {
    const experiment = compiledWith({ variants: variantsOf([0.5, 0.3, 0.2], [0]) })
    const propensities = new Set(units(50).map((unit) => decide(experiment, unit).propensity))
    expect([...propensities].sort()).toEqual([expect.closeTo(0.4, 12), expect.closeTo(0.6, 12)])
  })

  it('does not hash the unit where nobody is overridden', () => {
    const unitHash = vi.fn(() => TESTER)
    assign(compiledWith(), requestFor('u', { unitHash }))
    expect(unitHash).not.toHaveBeenCalled()
  })

  it('lets an override of a killed variant fall through', () => {
    const experiment = compiledWith({ overrides: { [TESTER]: 1 }, variants: variantsOf([1, 0], [1]) })
    expect(assign(experiment, requestFor('u', { unitHash: () => TESTER }))).toMatchObject({ reason: 'split', variant: 0 })
  })

  describe('with first-touch', () => {
    const variants = variantsOf([0.5, 0.3, 0.2, 0], [3])
    const experiment = compiledWith({ stickiness: 'first-touch', variants })

    it('keeps the first variant, whatever would be drawn now', () => {
      for (const sticky of [0, 1, 2]) {
        expect(assign(experiment, requestFor('u', { sticky }))).toMatchObject({ reason: 'sticky', variant: sticky })
      }
    })

    it('answers the propensity it was drawn with, when that is remembered', () => {
      expect(assign(experiment, requestFor('u', { sticky: 1 })).propensity).toBe(0.3)
      expect(assign(experiment, requestFor('u', { sticky: 1, stickyPropensity: 0.9 })).propensity).toBe(0.9)
    })

    it('draws anew for units of a killed variant', () => {
      const decision = assign(experiment, requestFor('u', { sticky: 3 }))
      expect(decision).toEqual({ ...decide(experiment, 'u'), reason: 'killed_reassigned' })
    })

    it('answers the champion when a killed variant leaves nobody', () => {
      const emptied = compiledWith({ stickiness: 'first-touch', variants: variantsOf([0, 0], [0, 1]) })
      expect(assign(emptied, requestFor('u', { sticky: 1 }))).toEqual({ reason: 'fallback', ...champion })
    })

    it('ignores an ordinal that the experiment does not have', () => {
      expect(assign(experiment, requestFor('u', { sticky: 200 }))).toMatchObject({ reason: 'killed_reassigned' })
    })
  })

  it('ignores a remembered variant with stickiness `hash`', () => {
    const other = 1 - decide(compiledWith(), 'u').variant
    expect(assign(compiledWith(), requestFor('u', { sticky: other }))).toEqual(decide(compiledWith(), 'u'))
  })

  it('draws each assignment apart with stickiness `none`, but keeps the unit in its layer', () => {
    const experiment = compiledWith({ stickiness: 'none', layer: { key: 'ui', from: 0, to: 0.5 } })
    const answers = (unit: string) =>
      new Set(units(40, `${unit}:`).map((draw) => assign(experiment, requestFor(unit, { draw })).variant))
    const inside = units(10).find((unit) => decide(experiment, unit).reason !== 'layer') as string
    const outside = units(10).find((unit) => decide(experiment, unit).reason === 'layer') as string
    expect(answers(inside)).toEqual(new Set([0, 1]))
    expect(answers(outside)).toEqual(new Set([-1]))
  })

  it('takes "é" written in two ways for two units', () => {
    const experiment = compiledWith({ variants: variantsOf(Array.from({ length: 100 }, () => 0.01)) })
    expect(decide(experiment, '\u00e9')).not.toEqual(decide(experiment, 'e\u0301'))
  })
})

describe('chooseExperiment', () => {
  const from = (experiments: Parameters<typeof snapshotWith>[0]): CompiledModel => {
    const models = [modelNamed('model'), modelNamed('other', { id: 2 })]
    return compileSnapshot(snapshotWith(experiments, models), attributeRule).models.get('model') as CompiledModel
  }
  const left = experimentWith({ id: 1, key: 'left', layer: { key: 'ui', from: 0, to: 0.5 } })
  const right = experimentWith({ id: 2, key: 'right', layer: { key: 'ui', from: 0.5, to: 1 } })

  it('is none without a running experiment, and the champion answers', () => {
    const model = from([experimentWith({ model: 'other' })])
    expect(chooseExperiment(model, requestFor('u'))).toBeNull()
    expect(assignChampion(model)).toEqual({ reason: 'champion', ...champion })
    expect(assignChampion({ enabled: false })).toEqual({ reason: 'disabled', ...champion })
  })

  it('is the only one, even where that refuses the unit', () => {
    expect(chooseExperiment(from([experimentWith({ coverage: 0 })]), requestFor('u'))?.key).toBe('experiment')
  })

  it('is the one whose layer takes the unit', () => {
    const model = from([right, left])
    for (const unit of units(30)) {
      const chosen = chooseExperiment(model, requestFor(unit))
      expect(chosen && assign(chosen, requestFor(unit)).reason).toBe('split')
    }
  })

  it('is the one with an override, against all layers', () => {
    const model = from([left, { ...right, overrides: { [TESTER]: 0 } }])
    const chosen = units(10).map((unit) => chooseExperiment(model, requestFor(unit, { unitHash: () => TESTER }))?.key)
    expect(new Set(chosen)).toEqual(new Set(['right']))
  })

  it('is the first where no layer takes the unit, so the answer says `layer`', () => {
    const model = from([left, { ...right, layer: { key: 'ui', from: 0.5, to: 0.5 } }])
    const outside = units(30).find((unit) => decide(compiledWith({ layer: left.layer }), unit).reason === 'layer') as string
    expect(chooseExperiment(model, requestFor(outside))?.key).toBe('left')
  })
})

describe('compileSnapshot', () => {
  it('refuses what this code does not know', () => {
    const newer = { ...snapshotWith([]), format: 2 } as unknown as ReturnType<typeof snapshotWith>
    expect(() => compileSnapshot(newer, attributeRule)).toThrow('format 2')
    expect(() => compileSnapshot(snapshotWith([experimentWith({ model: 'gone' })]), attributeRule)).toThrow('gone')
  })

  it('refuses shares outside [0, 1] and an experiment without variants', () => {
    expect(() => compiledWith({ coverage: 1.5 })).toThrow(RangeError)
    expect(() => compiledWith({ variants: variantsOf([Number.NaN, 1]) })).toThrow(RangeError)
    expect(() => compiledWith({ variants: [] })).toThrow('1 to 256 variants')
  })

  it('finds experiments by key, by id, and on their model', () => {
    const snapshot = compileSnapshot(snapshotWith([experimentWith({ id: 9 })]), attributeRule)
    expect(snapshot.experimentsById.get(9)).toBe(snapshot.experiments.get('experiment'))
    expect(snapshot.modelsById.get(1)?.experiments.map(({ key }) => key)).toEqual(['experiment'])
  })
})
