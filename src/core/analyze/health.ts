import type { EpochData } from './analysis-input.ts'
import { armTotal } from './regimes.ts'
import type { Report, Verdict } from './report.ts'
import { count, decimal, percent, plural } from '../describe/wording.ts'

/** Exposures rebuilt from outcomes above this share of units mean that exposures get lost on the way. */
const rebuiltLimit = 0.001
/** Outcomes that name another variant than their unit's, above this share of outcomes. */
const crossedLimit = 0.01
/** A few of either prove nothing, however few there are of the rest. */
const fewTolerated = 4

type Check = Report['health'][number]

const sum = (epochs: readonly EpochData[], of: (epoch: EpochData) => number): number =>
  epochs.reduce((total, epoch) => total + of(epoch), 0)

/** What must be in order before the numbers may be believed; passing checks are told with their counts. */
export const healthOf = (
  epochs: readonly EpochData[],
  sampleRatio: Report['sampleRatio'],
  keys: readonly string[],
  unit: string,
): Check[] => {
  const units = keys.reduce((total, _, arm) => total + armTotal(epochs, arm, 'units'), 0)
  const outcomes = keys.reduce((total, _, arm) => total + armTotal(epochs, arm, 'outcomes'), 0)
  const late = sum(epochs, (epoch) => epoch.late)
  const crossed = sum(epochs, (epoch) => epoch.crossed)
  const rebuilt = sum(epochs, (epoch) => epoch.rebuilt)
  const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)
  const rebuiltShare = `${percent(share(rebuilt, units))}, ${percent(rebuiltLimit)} tolerated,`
  const are = (number: number): string => (number === 1 ? 'is' : 'are')
  const some = (number: number, noun: string): string => `${count(number)} ${plural(noun, number)}`
  const ok = (part: number, whole: number, limit: number): Verdict =>
    part > fewTolerated && share(part, whole) > limit ? 'ERROR' : 'PASS'
  return [
    { check: 'split', verdict: sampleRatio.verdict, text: splitText(sampleRatio, keys, unit) },
    {
      check: 'traffic',
      verdict: units > 0 ? 'PASS' : 'NO_TRAFFIC',
      text: units > 0 ? `${count(units)} ${plural(unit, units)} so far.` : `No ${plural(unit, 2)} yet.`,
    },
    {
      check: 'outcomes',
      verdict: outcomes > 0 ? 'PASS' : units > 0 ? 'NO_OUTCOME' : 'NO_TRAFFIC',
      text: outcomes > 0 ? `${count(outcomes)} ${plural('outcome', outcomes)} counted.` : 'No outcomes yet.',
    },
    {
      check: 'late',
      verdict: 'PASS',
      text:
        late === 0
          ? 'No outcome came after its window.'
          : `${count(late)} ${plural('outcome', late)} came too late and ${are(late)} not counted.`,
    },
    {
      check: 'crossed',
      verdict: ok(crossed, outcomes + crossed, crossedLimit),
      text:
        crossed === 0
          ? 'Every outcome named the variant of its unit.'
          : `${some(crossed, 'outcome')} named another variant than the unit was given, and ${are(crossed)} not counted.`,
    },
    {
      check: 'exposures',
      verdict: ok(rebuilt, units, rebuiltLimit),
      text:
        rebuilt === 0
          ? 'Every exposure arrived by itself.'
          : `${some(rebuilt, 'exposure')} had to be rebuilt from outcomes (${rebuiltShare} of ${plural(unit, 2)}).`,
    },
  ]
}

const splitText = (
  { observed, expected, verdict }: Report['sampleRatio'],
  keys: readonly string[],
  unit: string,
): string => {
  if (verdict === 'NO_TRAFFIC') return `No ${plural(unit, 2)} yet.`
  // half a user is told of as such, or the parts would not add up
  const share = (planned: number): string => (planned < 10 ? decimal(planned, Number.isInteger(planned) ? 0 : 1) : count(planned))
  const parts = keys
    .map((key, arm) => ({ key, seen: observed[arm] ?? 0, planned: expected[arm] ?? 0 }))
    .filter(({ seen, planned }) => seen > 0 || planned > 0)
    .map(({ key, seen, planned }) => `${key} ${count(seen)} of ${share(planned)}`)
  return `${verdict === 'FAIL' ? 'Not as planned' : 'As planned'}: ${parts.join(', ')} expected.`
}
