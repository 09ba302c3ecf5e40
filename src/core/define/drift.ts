import { z } from 'zod'
import type { DriftReference } from '../../../stats/index.ts'
import { Duration, Measure } from './fields.ts'

/** A measure whose distribution is looked after. */
export const DriftDeclaration = z.strictObject({
  measure: Measure.describe('a measure of the outcomes: a score, or a number that went in; no metric has to read it'),
  kind: z.enum(['numeric', 'categorical'])
    .describe('`numeric`: compared by parts of equal probability, values told apart to 1 %; `categorical`: true and false, or codes, whole numbers from -99 to 99'),
  period: Duration.default('PT0S')
    .describe('the least time that the reference and each window cover: P1D where values swing with the hours; default as long as 500 values take'),
})
export type DriftDeclaration = z.infer<typeof DriftDeclaration>

export const DriftDeclarations = z.array(DriftDeclaration).max(5)
  .describe(
    'measures whose distribution is compared with that of their first 500 values or more, window by window, for each variant: ' +
    'a shift holds, and never kills. A unit belongs where it was first exposed. In a watch, for each version, day by day: a shift is told')

/** Values from one time to another, ISO 8601. */
type Span = { from: string; to: string }

/** A window that was judged; `n`: how many independent values it was worth. */
export type DriftWindow = Span & { n: number; index: number; distance: number; limit: number; alarm: boolean }

/**
 * How far one distribution was followed, as plain JSON: everything up to the slice `upTo` has been looked at, once.
 * `reference` is null until there are enough values, and never changes then. `since`: the end of the
 * first of the windows that alarm now; `alarmedAt`: of the last one that ever did.
 */
export type DriftTrack = {
  upTo: number
  windows: number
  reference: (DriftReference & Span) | null
  last: DriftWindow | null
  since: string | null
  alarmedAt: string | null
}

/** What an experiment keeps of drift in one scope: by measure, and by variant ordinal. */
export type DriftState = { scope: number; tracks: Record<string, DriftTrack[]> }
