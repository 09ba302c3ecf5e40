import type { Analysis } from '../analyze/analysis.ts'
import { scaleOf } from '../decide/conditions.ts'
import { harmsOf } from '../decide/kills.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { completenessKey } from '../define/reporting.ts'
import { count, decimal, digitsOf, lowerFirst, plural, relativeScale } from './wording.ts'

/** Data that must not be read, in words; null where it may. */
export const badData = ({ report, input }: Analysis): string | null => {
  if (report.sampleRatio.verdict === 'FAIL') {
    const { observed, expected } = report.sampleRatio
    const gap = (arm: number): number =>
      Math.abs((observed[arm] ?? 0) - (expected[arm] ?? 0)) / Math.max(1, expected[arm] ?? 0)
    const worst = observed.reduce((most, _, arm) => (gap(arm) > gap(most) ? arm : most), 0)
    const key = input.experiment.definition.variants[worst]?.key ?? ''
    const unit = plural(input.experiment.definition.unit, 2)
    const [got, planned] = [count(observed[worst] ?? 0), count(expected[worst] ?? 0)]
    return `Do not read these results yet: ${key} got ${got} ${unit} where ${planned} were expected.`
  }
  const broken = report.health.find(({ verdict }) => verdict === 'ERROR')
  return broken ? `Do not read these results yet: ${lowerFirst(broken.text)}` : null
}

/** One variant of which nothing was ever heard, while of the others it was. */
export const muted = ({ report, holds }: Analysis): string | null => {
  const silent = (key: string | null): boolean => report.variants.some((one) => one.key === key && one.units > 0 && one.outcomes === 0)
  const told = holds.find(({ reason, variant }) => reason === 'no_outcome' && silent(variant))
  return told ? `Do not read these results yet: ${told.text}.` : null
}

/** How bad the harm is that a headline tells of; null where that is no margin that was tolerated. */
export const worstHarm = (analysis: Analysis): string | null => {
  const stopped = (ordinal: number): boolean => analysis.input.experiment.variants[ordinal]?.status === 'killed'
  const failed = harmsOf(analysis)
  const told = failed.find(({ ordinal }) => !stopped(ordinal)) ?? failed[0]
  if (!told || told.by === 'limit' || told.metric === completenessKey || told.harm.lower === null) return null
  const scale = told.by === 'relativeMargin' ? relativeScale : scaleOf(told.contrast)
  const digits = digitsOf(told.harm, scale)
  const size = (value: number): string => decimal(value * scale.factor, digits)
  const range = told.harm.upper === null ? `at least ${size(told.harm.lower)}` : `${size(told.harm.lower)} to ${size(told.harm.upper)}`
  const { comparison, measured } = told.contrast
  return `The true harm is plausibly ${range}${scale.words} (${comparison.variant} against ${comparison.control}, ${nameOf(measured.plan)}).`
}
