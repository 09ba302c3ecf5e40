import type { Analysis } from '../analyze/analysis.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { analyze } from '../analyze/analyze.ts'
import { decideAll } from './decide-all.ts'
import { digestOfInput } from '../analyze/maturity.ts'
import { toldOf } from './told.ts'
import type { Wish } from './wish.ts'

/**
 * What a person could see when they acted, for the entry: the main numbers, and what the engine would have done.
 * Afterwards a new scope may begin, and these numbers would be nowhere.
 *
 * @param kept id of the analysis as it was stored
 */
export const seenOf = (input: AnalysisInput, kept: number | null, analysis: Analysis = analyze(input)): Required<Pick<Wish, 'evidence' | 'look'>> => {
  const { variants, comparisons, sampleRatio, bake } = analysis.report
  const units = Object.fromEntries(variants.map(({ key, units: seen, outcomes }) => [key, { units: seen, outcomes }]))
  return {
    evidence: { analysis: kept, digest: digestOfInput(input), units, comparisons, sampleRatio, ...(bake && { bake }) },
    look: toldOf(analysis, decideAll(analysis), null),
  }
}
