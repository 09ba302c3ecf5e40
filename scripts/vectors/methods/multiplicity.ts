import { z } from 'zod'
import {
  averageEvidence, benjaminiHochberg, benjaminiYekutieli, calibrate, calibrateMixture, eBenjaminiHochberg, holm,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const adjusted = (adjust: (pValues: number[]) => number[]): Adapter => (inputs) =>
  adjust(z.object({ p: z.array(z.number()) }).parse(inputs).p)

const eBh: Adapter = (inputs) => {
  const { e, alpha } = z.object({ e: z.array(z.number()), alpha: z.number() }).parse(inputs)
  const { count, threshold, rejected } = eBenjaminiHochberg(e.map(Math.log), alpha)
  return { k_star: count, threshold: threshold ?? -1, rejected }
}

const averaged: Adapter = (inputs) => {
  const { e, weights } = z.object({ e: z.array(z.number()), weights: z.array(z.number()).optional() }).parse(inputs)
  return { e: Math.exp(averageEvidence(e.map(Math.log), weights)) }
}

const calibrated: Adapter = (inputs) => {
  const { p, kappa } = z.object({ p: z.number(), kappa: z.number().optional() }).parse(inputs)
  return { e: Math.exp(kappa === undefined ? calibrateMixture(Math.log(p)) : calibrate(Math.log(p), kappa)) }
}

export const multiplicity: Methods = [
  [/^Holm\b/, adjusted(holm)],
  [/^(BH|Benjamini.Hochberg)\b/, adjusted(benjaminiHochberg)],
  [/^(BY|Benjamini.Yekutieli)\b/, adjusted(benjaminiYekutieli)],
  [/^e-BH\b/, eBh],
  [/^(weighted )?average of e-values/, averaged],
  [/^p(-| )to(-| )e calibrator/, calibrated],
]
