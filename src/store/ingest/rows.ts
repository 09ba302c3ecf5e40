import type { Observed } from '../../core/analyze/observed.ts'

/** A unit's exposure in a scope. Ids are 32 hex digits or uuids, times milliseconds since 1970. */
export type ExposureRow = {
  scope: number
  unit: string
  epoch: number
  variant: number
  /** In (0, 1]; 1 where nothing was drawn. */
  propensity: number
  exposed: number
  /** Known only from an outcome's token: the exposure itself has not been reported. */
  rebuilt: boolean
  /** Undefined where the experiment declares nothing to be known of its units. */
  observed: Observed | undefined
  /** The same unit on its day, in the generation of its scope; undefined where there is none, or its day is over. */
  generation?: { scope: number; unit: string; epoch: number; first: boolean } | undefined
  /** Of the row of such a day: the exposure by whose epoch's weights it was drawn, where it keeps what it got first. */
  drawn?: { scope: number; unit: string } | undefined
}

/** Rows with those of their days, which are rows like any other. */
export const withDays = (rows: readonly ExposureRow[]): readonly ExposureRow[] =>
  rows.some(({ generation }) => generation)
    ? rows.flatMap((row) => {
        if (!row.generation) return [row]
        const { first, ...day } = row.generation
        const drawn = first ? { scope: row.scope, unit: row.unit } : undefined
        return [row, { ...row, ...day, observed: undefined, generation: undefined, drawn }]
      })
    : rows

/** An outcome with everything computed: the statements only store and fold it. */
export type OutcomeRow = {
  /** experiments.id, or −(models.id) for a watch. */
  experiment: number
  scope: number
  key: string
  digest: string
  revision: number
  /** What the caller calls it. */
  id?: string | undefined
  unit: string
  /** As the token says it; another one than the unit's marks the outcome as crossed. */
  variant: number
  at: number
  /** JSON object. */
  measures: string
  x: readonly number[]
  y: readonly number[]
  /** Its scope has covariates, segments or quantiles: the statements for such batches are needed. */
  observed: boolean
  /** Its scope keeps weighted sums: the statements for contextual bandits are needed. */
  weighed: boolean
  /** Codes of the values that quantiles count: `sketchCodes`. */
  codes: readonly number[]
  /** The same in the generation of its scope; undefined where there is none. It counts if its unit was assigned that day. */
  generation?: { scope: number; unit: string; x: readonly number[]; y: readonly number[] } | undefined
}

/** `absent`: there is no such unit or scope. */
export type Verdict = 'accepted' | 'late' | 'crossed' | 'duplicate' | 'id_conflict' | 'absent'
