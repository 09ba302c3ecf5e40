import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { type LoggedRow, policyBounds } from './bounds.ts'
import { type LoggedGroup, loggedWeights } from './logged.ts'
import { loggedMean, policyValue } from './value.ts'

const logging = [0.6, 0.3, 0.1]
const target = [0.1, 0.3, 0.6]
const means = [0.1, 0.2, 0.4]
const predicted = [0.12, 0.18, 0.35]
const truth = means.reduce((sum, mean, action) => sum + mean * (target[action] ?? 0), 0)
const modelValue = predicted.reduce((sum, mean, action) => sum + mean * (target[action] ?? 0), 0)

const rowsOf = (seed: number, n: number): LoggedRow[] => {
  const { uniform } = seededRandom(seed)
  return Array.from({ length: n }, () => {
    const u = uniform()
    const action = u < 0.6 ? 0 : u < 0.9 ? 1 : 2
    return { reward: uniform() < (means[action] ?? 0) ? 1 : 0, propensity: logging[action] ?? 0, target: target[action] ?? 0 }
  })
}
const group = ({ reward, propensity, target: chance }: LoggedRow): LoggedGroup => ({
  n: 1, sum: reward, sumSquares: reward, propensity, target: chance,
  model: predicted[logging.indexOf(propensity)] ?? 0, modelValue,
})

/** The same rows, those with the same probabilities together. */
const grouped = (rows: readonly LoggedRow[]): LoggedGroup[] =>
  logging.map((chance) => {
    const own = rows.filter(({ propensity }) => propensity === chance).map(group)
    const sum = own.reduce((total, one) => total + one.sum, 0)
    const action = logging.indexOf(chance)
    return { n: own.length, sum, sumSquares: sum, propensity: chance, target: target[action] ?? 0, model: predicted[action] ?? 0, modelValue }
  })

const estimators = ['ipw', 'self-normalised', 'doubly-robust'] as const

describe('the value of a policy that never served', () => {
  it('is held by its range as often as it promises, and so is the gain', () => {
    const loggedTruth = means.reduce((sum, mean, action) => sum + mean * (logging[action] ?? 0), 0)
    const runs = 500
    const held = { ipw: 0, 'self-normalised': 0, 'doubly-robust': 0 }
    const gains = { ...held }
    for (let seed = 0; seed < runs; seed++) {
      const rows = grouped(rowsOf(seed + 1, 1_500))
      for (const estimator of estimators) {
        const value = policyValue(rows, estimator)
        if (!value) throw new Error('there are rows')
        if (Math.abs(value.estimate - truth) < 1.96 * (value.se ?? 0)) held[estimator] += 1
        if (Math.abs(value.gain.estimate - (truth - loggedTruth)) < 1.96 * (value.gain.se ?? 0)) gains[estimator] += 1
      }
    }
    for (const count of [...Object.values(held), ...Object.values(gains)]) {
      expect(count / runs).toBeGreaterThan(0.92)
      expect(count / runs).toBeLessThan(0.98)
    }
  })

  it('is the same from rows and from groups of them', () => {
    const rows = rowsOf(3, 400)
    for (const estimator of estimators) {
      const [apart, together] = [policyValue(rows.map(group), estimator), policyValue(grouped(rows), estimator)]
      expect(together?.estimate).toBeCloseTo(apart?.estimate ?? Number.NaN, 12)
      expect(together?.se).toBeCloseTo(apart?.se ?? Number.NaN, 12)
      expect(together?.gain.se).toBeCloseTo(apart?.gain.se ?? Number.NaN, 12)
    }
    const [apart, together] = [loggedWeights(rows.map(group)), loggedWeights(grouped(rows))]
    expect(together.effective).toBeCloseTo(apart.effective, 8)
    expect(together.se).toBeCloseTo(apart.se, 12)
  })

  it('keeps its digits far from 0', () => {
    const rows = [3, 1, 2].map((reward) => ({ ...group({ reward: 1, propensity: 0.6, target: 0.6 }), sum: reward, sumSquares: reward ** 2 }))
    const far = rows.map((row) => ({ ...row, sum: row.sum + 1e9, sumSquares: (row.sum + 1e9) ** 2 }))
    expect(policyValue(far, 'self-normalised')?.se).toBeCloseTo(1 / Math.sqrt(3), 6)
    expect(policyValue(rows, 'self-normalised')?.se).toBeCloseTo(1 / Math.sqrt(3), 12)
  })

  it('says nothing where nothing is known', () => {
    expect(policyValue([], 'ipw')).toBeNull()
    expect(loggedMean([])).toBeNull()
    const row = group({ reward: 1, propensity: 0.5, target: 0 })
    expect(policyValue([row], 'self-normalised')).toBeNull()
    expect(policyValue([row], 'ipw')).toEqual({ estimate: 0, se: null, gain: { estimate: -1, se: null } })
    const { model: _model, ...without } = row
    expect(policyValue([row, without], 'doubly-robust')).toBeNull()
    expect(loggedWeights([])).toEqual({ n: 0, mean: 0, se: 0, max: 0, effective: 0, largestShare: 0 })
    expect(policyBounds([], 0.05)).toEqual({ lower: 0, upper: 1 })
  })

  it('names what it refuses', () => {
    const row = group({ reward: 1, propensity: 0.5, target: 0.5 })
    expect(() => policyValue([{ ...row, propensity: 0 }], 'ipw')).toThrow(/propensity must lie in \(0, 1\]/)
    expect(() => policyValue([{ ...row, target: 1.2 }], 'ipw')).toThrow(/target/)
    expect(() => loggedWeights([{ ...row, n: 0.5 }])).toThrow(/n must/)
    expect(() => loggedMean([{ ...row, model: Number.NaN }])).not.toThrow()
    expect(() => policyValue([{ ...row, n: 2, sum: 2, sumSquares: 1 }], 'ipw')).toThrow(/sumSquares/)
    expect(() => policyBounds([{ reward: 2, propensity: 0.5, target: 0.5 }], 0.05)).toThrow(/reward/)
    expect(() => policyBounds([], 0)).toThrow(/alpha/)
  })
})

describe('bounds without approximation', () => {
  it('hold at every length of the log at once', () => {
    const runs = 200
    let missed = 0
    for (let seed = 0; seed < runs; seed++) {
      const rows = rowsOf(1_000 + seed, 600)
      const looks = [20, 60, 150, 300, 600].map((n) => policyBounds(rows.slice(0, n), 0.1))
      if (looks.some(({ lower, upper }) => truth < lower || truth > upper)) missed++
    }
    expect(missed / runs).toBeLessThan(0.1)
  })

  it('say something in the end', () => {
    const { lower, upper } = policyBounds(rowsOf(5, 20_000), 0.05)
    expect(lower).toBeGreaterThan(truth - 0.1)
    expect(upper).toBeLessThan(truth + 0.1)
  })
})
