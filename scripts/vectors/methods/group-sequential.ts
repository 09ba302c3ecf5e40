import { z } from 'zod'
import {
  type Look, type Schedule, type Spending, constantLooks, driftForPower, equalTimes, exitProbabilities, inflationFactor,
  looksOf, meanInformation, obrienFleming, pocock, scheduleAt, spent, wangTsiatis,
} from '../../../stats/index.ts'
import type { Adapter, Inputs, Methods } from '../case.ts'

const Sided = z.object({ alpha_two_sided: z.number().optional(), alpha_one_sided: z.number().optional() })
const Named = z.object({ gamma: z.number().optional(), rho: z.number().optional(), spending: z.string().optional() })

/** The level with its sides; two-sided .05 where a method's name says it. */
const levelOf = (inputs: Inputs): { alpha: number; sides: 1 | 2 } => {
  const { alpha_one_sided: one, alpha_two_sided: two = 0.05 } = Sided.parse(inputs)
  return one === undefined ? { alpha: two, sides: 2 } : { alpha: one, sides: 1 }
}

/** The spending function that inputs tell, else the one of the method's name. */
const spendingOf = (inputs: Inputs, fallback: Spending['kind']): Spending => {
  const { gamma, rho, spending = '' } = Named.parse(inputs)
  if (gamma !== undefined) return { kind: 'hwang-shih-decani', gamma }
  if (rho !== undefined) return { kind: 'power', exponent: rho }
  if (/pocock/i.test(spending)) return { kind: 'pocock' }
  if (/of$|fleming/i.test(spending) || fallback === 'obrien-fleming') return { kind: 'obrien-fleming' }
  if (fallback === 'pocock') return { kind: 'pocock' }
  throw new RangeError(`inputs must tell the parameter of ${fallback}`)
}

const timesOf = (inputs: Inputs): number[] => z.object({ t: z.array(z.number()) }).parse(inputs).t
const countOf = (inputs: Inputs): number => z.object({ K: z.number() }).parse(inputs).K
const boundariesOf = ({ looks }: Schedule): (number | null)[] => looks.map(({ boundary }) => boundary)

const boundaries = (fallback: Spending['kind']): Adapter => (inputs) =>
  boundariesOf(scheduleAt({ ...levelOf(inputs), spending: spendingOf(inputs, fallback) }, timesOf(inputs)))

/** A two-sided level of which only the upper half is tested. */
const upperHalf: Adapter = (inputs) => {
  const { alpha, sides } = levelOf(inputs)
  const spending = spendingOf(inputs, 'power')
  return boundariesOf(scheduleAt({ alpha: alpha / sides, sides: 1, spending }, timesOf(inputs)))
}

const peeking: Adapter = (inputs) => {
  const { z: boundary } = z.object({ z: z.number() }).parse(inputs)
  const { above } = exitProbabilities(constantLooks(equalTimes(countOf(inputs)), boundary))
  return { prob_upper: above.reduce((sum, chance) => sum + chance, 0) }
}

const atAlternative: Adapter = (inputs) => {
  const { beta } = z.object({ beta: z.number() }).parse(inputs)
  const level = levelOf(inputs)
  const looks = looksOf(scheduleAt({ ...level, spending: spendingOf(inputs, 'obrien-fleming') }, timesOf(inputs)))
  const exits = exitProbabilities(looks, driftForPower(looks, 1 - beta))
  const inflation = inflationFactor(looks, level.alpha, 1 - beta, level.sides)
  const stages = Object.fromEntries(exits.above.map((chance, index) => [`p${index + 1}`, chance]))
  return { inflation, ...stages, EN_H1: inflation * meanInformation(looks, exits) }
}

const inflation: Adapter = (inputs) => {
  const { type, beta } = z.object({ type: z.string(), beta: z.number() }).parse(inputs)
  const { alpha } = levelOf(inputs)
  const { looks } = (/pocock/i.test(type) ? pocock : obrienFleming)(countOf(inputs), alpha)
  return { percent: 100 * inflationFactor(looks, alpha, 1 - beta) }
}

const shaped: Adapter = (inputs) => {
  const { Delta: shape } = z.object({ Delta: z.number() }).parse(inputs)
  return { final_bound: wangTsiatis(countOf(inputs), levelOf(inputs).alpha, shape).constant }
}

const uppers = (looks: readonly Look[]): (number | null)[] => looks.map(({ upper }) => upper)

const constants: Adapter = (inputs) => {
  const [count, { alpha }] = [countOf(inputs), levelOf(inputs)]
  return { C_P: pocock(count, alpha).constant, C_B: obrienFleming(count, alpha).constant }
}

/** The parameters that names of results carry: −20, −19.5, … 20. */
const halves = Array.from({ length: 81 }, (_, index) => index / 2 - 20)

const families: [string, Spending][] = [
  ['LDOF', { kind: 'obrien-fleming' }],
  ['LDPocock', { kind: 'pocock' }],
  ...halves.map((gamma): [string, Spending] => [`HSD${gamma}`, { kind: 'hwang-shih-decani', gamma }]),
  ...halves
    .filter((exponent) => exponent > 0)
    .map((exponent): [string, Spending] => [`power${exponent}`, { kind: 'power', exponent }]),
]

/** `HSD-4_0.25`: what is spent up to each time, times written as Python writes them. */
const spends: Adapter = (inputs) => {
  const { alpha_side: alpha } = z.object({ alpha_side: z.number() }).parse(inputs)
  const text = (time: number): string => (Number.isInteger(time) ? time.toFixed(1) : String(time))
  return Object.fromEntries(
    families.flatMap(([name, spending]) =>
      timesOf(inputs).map((time) => [`${name}_${text(time)}`, spent(spending, alpha, time)]),
    ),
  )
}

export const groupSequential: Methods = [
  [/^P\(cross upper [\d.]+ first, before crossing/, peeking],
  [/^classical O'Brien-Fleming/, (inputs) => uppers(obrienFleming(countOf(inputs), levelOf(inputs).alpha).looks)],
  [/^classical Pocock/, (inputs) => uppers(pocock(countOf(inputs), levelOf(inputs).alpha).looks)],
  [/^(LDOF|Lan-DeMets O'Brien-Fleming) spending/, boundaries('obrien-fleming')],
  [/^(LDPocock|Lan-DeMets Pocock) spending/, boundaries('pocock')],
  [/^(HSD|Hwang-Shih-DeCani)\b/, boundaries('hwang-shih-decani')],
  [/^Kim-DeMets power spending/, boundaries('power')],
  [/^power-family spending .* ignoring the lower boundary/, upperHalf],
  [/^same design at the alternative/, atAlternative],
  [/^Jennison-Turnbull maximum-sample-size inflation/, inflation],
  [/^Wang-Tsiatis boundary constant/, shaped],
  [/^Pocock C_P\(K,[\d.]+\) and O'Brien-Fleming C_B/, constants],
  [/^cumulative spend at t=/, spends],
]
