import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { normalQuantile, normalSurvival } from '../special/index.ts'
import {
  type Schedule, addLook, driftForPower, equalTimes, exitProbabilities, inflationFactor, looksOf, meanInformation,
  newSchedule, obrienFleming, peekingError, pocock, repeatedP, scheduleAt, spent,
} from './index.ts'

const boundaries = ({ looks }: Schedule): (number | null)[] => looks.map(({ boundary }) => boundary)
const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0)

describe('a schedule', () => {
  it('spends exactly its level, whatever the spending, sides and times', () => {
    for (const spending of [
      { kind: 'obrien-fleming' }, { kind: 'pocock' }, { kind: 'hwang-shih-decani', gamma: -4 },
      { kind: 'hwang-shih-decani', gamma: 0 }, { kind: 'power', exponent: 3 },
    ] as const) {
      for (const sides of [1, 2] as const) {
        const schedule = scheduleAt({ alpha: 0.04, sides, spending }, [0.03, 0.31, 0.313, 0.6, 0.95, 1])
        const { above, below } = exitProbabilities(looksOf(schedule))
        expect(total(above) + total(below)).toBeCloseTo(0.04, 12)
        let soFar = 0
        for (const [index, look] of schedule.looks.entries()) {
          soFar += above[index]! + below[index]!
          expect(look.spent).toBeCloseTo(soFar, 12)
          expect(look.spent).toBeCloseTo(sides * spent(spending, 0.04 / sides, look.information), 14)
        }
      }
    }
  })

  it('adds looks one by one, from its stored form, without touching those before', () => {
    const once = scheduleAt({ alpha: 0.05 }, [0.2, 0.45, 0.7, 1])
    let live = newSchedule({ alpha: 0.05 })
    for (const time of [0.2, 0.45, 0.7, 1]) {
      const before = structuredClone(live.looks)
      live = addLook(JSON.parse(JSON.stringify(live)) as Schedule, time)
      expect(live.looks.slice(0, -1)).toEqual(before)
    }
    expect(live).toEqual(once)
  })

  it('takes looks that nearly coincide as one, and refuses to go back', () => {
    const schedule = scheduleAt({ alpha: 0.05 }, [0.3, 0.6])
    expect(addLook(schedule, 0.6 + 5e-6)).toBe(schedule)
    expect(addLook(schedule, 0.6 - 5e-6)).toBe(schedule)
    expect(addLook(schedule, 0.6 + 2e-5).looks).toHaveLength(3)
    expect(() => addLook(schedule, 0.5)).toThrow('information')
    expect(() => addLook(schedule, 0)).toThrow('information')
    expect(() => addLook(schedule, Number.NaN)).toThrow('information')
  })

  it('spends what is left after an overrun, and then has nothing more', () => {
    const over = scheduleAt({ alpha: 0.05 }, [0.5, 1.3])
    const exact = scheduleAt({ alpha: 0.05 }, [0.5, 1])
    expect(over.looks[1]?.spent).toBeCloseTo(0.05, 14)
    // the second look depends less on the first than planned, so it needs a little more
    expect(over.looks[1]!.boundary!).toBeGreaterThan(exact.looks[1]!.boundary!)
    expect(total(exitProbabilities(looksOf(over)).above)).toBeCloseTo(0.025, 12)
    expect(addLook(over, 1.4).looks[2]).toEqual({ information: 1.4, boundary: null, spent: expect.closeTo(0.05, 14) })
  })

  it('first looks far in the tail keep their digits', () => {
    const [first] = boundaries(scheduleAt({ alpha: 0.05 }, [0.01]))
    // two-sided .05: both sides spend 2(1 − Φ(z/√t)) of a level of .025
    expect(first).toBeCloseTo(22.36, 1)
    expect(boundaries(scheduleAt({ alpha: 1e-12, spending: { kind: 'pocock' } }, [0.5]))[0]).toBeCloseTo(
      -normalQuantile(0.5e-12 * Math.log1p((Math.E - 1) / 2)), 10,
    )
    for (const boundary of boundaries(scheduleAt({ alpha: 0.05 }, [0.001, 0.0015, 0.002, 0.02, 0.9]))) {
      expect(boundary).toBeGreaterThan(2)
      expect(boundary).toBeLessThan(80)
    }
  })

  it('one look is the fixed-horizon test', () => {
    expect(boundaries(scheduleAt({ alpha: 0.05 }, [1]))[0]).toBeCloseTo(-normalQuantile(0.025), 12)
    expect(boundaries(scheduleAt({ alpha: 0.05, sides: 1 }, [1]))[0]).toBeCloseTo(-normalQuantile(0.05), 12)
    expect(pocock(1, 0.05).constant).toBeCloseTo(-normalQuantile(0.025), 12)
    expect(inflationFactor(looksOf(scheduleAt({ alpha: 0.05, sides: 1 }, [1])), 0.05, 0.8, 1)).toBeCloseTo(1, 9)
  })

  it('names what it refuses', () => {
    expect(() => newSchedule({ alpha: 1 })).toThrow('alpha')
    expect(() => newSchedule({ alpha: 0.05, spending: { kind: 'power', exponent: 0 } })).toThrow('exponent')
    expect(() => pocock(0, 0.05)).toThrow('count')
    expect(() => driftForPower(obrienFleming(3, 0.05).looks, 0.01)).toThrow('power')
    expect(() => exitProbabilities([])).toThrow('looks')
    expect(() => exitProbabilities([{ information: 1, upper: 2, lower: 3 }])).toThrow('lower')
    expect(() => exitProbabilities([{ information: 1, upper: 2, lower: -2 }, { information: 1, upper: 2, lower: -2 }]))
      .toThrow('information')
  })
})

describe('crossing probabilities', () => {
  it('agree with simulated paths, under an effect and with different boundaries', () => {
    const looks = [
      { information: 0.3, upper: 2.4, lower: -1 },
      { information: 0.5, upper: null, lower: 0 },
      { information: 1, upper: 1.9, lower: null },
    ]
    const { above, below } = exitProbabilities(looks, 2)
    const { uniform } = seededRandom(3)
    const [runs, counts] = [40_000, [0, 0, 0, 0, 0, 0]]
    for (let run = 0; run < runs; run++) {
      let [score, before] = [0, 0]
      for (const [index, { information, upper, lower }] of looks.entries()) {
        const gap = information - before
        score += 2 * gap + Math.sqrt(gap) * normalQuantile(uniform())
        before = information
        const z = score / Math.sqrt(information)
        const side = upper !== null && z >= upper ? 0 : lower !== null && z <= lower ? 3 : -1
        if (side >= 0) {
          counts[side + index]!++
          break
        }
      }
    }
    for (const [index, chance] of [...above, ...below].entries()) {
      const error = Math.sqrt(Math.max(chance, 1e-6) / runs)
      expect(Math.abs(counts[index]! / runs - chance)).toBeLessThan(4.5 * error)
    }
  })

  it('peeking at 1.96 errs as the tables say', () => {
    expect([2, 4, 10, 20].map((count) => peekingError(equalTimes(count), 1.959964))).toEqual(
      [0.083, 0.126, 0.193, 0.248].map((error) => expect.closeTo(error, 3)),
    )
  })

  it('mean information counts those that never stop', () => {
    const looks = looksOf(scheduleAt({ alpha: 0.05 }, [0.5, 1]))
    const exits = exitProbabilities(looks)
    expect(meanInformation(looks, exits)).toBeCloseTo(1 - 0.5 * (exits.above[0]! + exits.below[0]!), 12)
    expect(exits.above[0]).toBeCloseTo(normalSurvival(looks[0]!.upper!), 14)
  })

  it('the design effect is found with the wanted chance', () => {
    const { looks } = obrienFleming(4, 0.05)
    const drift = driftForPower(looks, 0.9)
    expect(total(exitProbabilities(looks, drift).above)).toBeCloseTo(0.9, 10)
    expect(total(exitProbabilities(looks, -drift).below)).toBeCloseTo(0.9, 10)
    expect(total(exitProbabilities(looks, driftForPower(looks, 0.999999)).above)).toBeCloseTo(0.999999, 9)
    expect(() => driftForPower([{ information: 1, upper: null, lower: -2 }], 0.5)).toThrow('boundary above')
    // a large effect leaves at the first looks
    expect(total(exitProbabilities(looks, 40).above)).toBeCloseTo(1, 10)
  })
})

describe('the repeated p-value', () => {
  it('is the level exactly on the boundary, and less beyond', () => {
    const schedule = scheduleAt({ alpha: 0.05 }, [0.25, 0.6])
    const boundary = schedule.looks[1]!.boundary!
    expect(repeatedP(schedule, boundary)).toBeCloseTo(0.05, 8)
    expect(repeatedP(schedule, -boundary)).toBeCloseTo(0.05, 8)
    expect(repeatedP(schedule, boundary + 0.5)).toBeLessThan(0.02)
    expect(repeatedP(schedule, 0.1)).toBeGreaterThan(0.8)
    expect(repeatedP(schedule, 60)).toBe(1e-300)
    const upward = scheduleAt({ alpha: 0.05, sides: 1 }, [0.25, 0.6])
    expect(repeatedP(upward, -3)).toBe(1)
    expect(() => repeatedP(newSchedule({ alpha: 0.05 }), 1)).toThrow('schedule')
  })
})
