import type { ExposureRow, OutcomeRow } from './rows.ts'
import { type SegmentIds, segmentIdOf } from './segment-values.ts'

/** Array literals for numbers and ids, which need no quotes: `{1,2}`. */
const column = <Row>(rows: readonly Row[], value: (row: Row) => string | number | boolean): string => {
  let text = '{'
  for (let index = 0; index < rows.length; index++) text += (index === 0 ? '' : ',') + value(rows[index] as Row)
  return `${text}}`
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** scope, unit, epoch, variant, propensity, exposed, rebuilt */
export const exposureColumns = (rows: readonly ExposureRow[]): string[] => [
  column(rows, (row) => row.scope),
  column(rows, (row) => row.unit),
  column(rows, (row) => row.epoch),
  column(rows, (row) => row.variant),
  column(rows, (row) => row.propensity),
  column(rows, (row) => row.exposed),
  column(rows, (row) => row.rebuilt),
]

const orNull = (elements: readonly (number | null)[] | undefined): string =>
  elements && elements.length > 0 ? `"{${elements.map((element) => element ?? 'NULL').join(',')}}"` : 'NULL'

/** covariates, segments; null where nothing is declared, or nothing known */
export const observedColumns = (rows: readonly ExposureRow[], ids: SegmentIds): string[] => [
  column(rows, ({ observed }) => orNull(observed?.covariates)),
  column(rows, ({ scope, observed }) => orNull(observed?.segments.map((value, index) => segmentIdOf(ids, scope, index, value)))),
]

/** What a contextual bandit drew by; null where none did, or where it is not known. */
export const featureColumn = (rows: readonly ExposureRow[]): string => column(rows, ({ observed }) => orNull(observed?.features))

const unlessNone = (value: string | number | undefined): string | number => value ?? 'NULL'

/** scope and unit of the exposure by whose weights the row was drawn; null for all but such days */
export const drawnColumns = (rows: readonly ExposureRow[]): string[] => [
  column(rows, ({ drawn }) => unlessNone(drawn?.scope)),
  column(rows, ({ drawn }) => unlessNone(drawn?.unit)),
]

/** The outcome once more on its day: scope, unit, x, y; null where there is no generation */
export const dayColumns = (rows: readonly OutcomeRow[]): string[] => [
  column(rows, ({ generation }) => unlessNone(generation?.scope)),
  column(rows, ({ generation }) => unlessNone(generation?.unit)),
  column(rows, ({ generation }) => (generation ? `"{${generation.x.join(',')}}"` : 'NULL')),
  column(rows, ({ generation }) => (generation ? `"{${generation.y.join(',')}}"` : 'NULL')),
]

/** What callers call their outcomes; null where they do not. */
export const nameColumn = (rows: readonly OutcomeRow[]): string => column(rows, ({ id }) => (id === undefined ? 'NULL' : quoted(id)))

/** Codes of the values that quantiles count. */
export const codeColumn = (rows: readonly OutcomeRow[]): string => column(rows, ({ codes }) => orNull(codes))

/** experiment, scope, key, digest, revision, unit */
export const identityColumns = (rows: readonly OutcomeRow[]): string[] => [
  column(rows, (row) => row.experiment),
  column(rows, (row) => row.scope),
  column(rows, (row) => row.key),
  column(rows, (row) => row.digest),
  column(rows, (row) => row.revision),
  column(rows, (row) => row.unit),
]

/** identityColumns, then variant, at, measures, x, y */
export const outcomeColumns = (rows: readonly OutcomeRow[]): string[] => [
  ...identityColumns(rows),
  column(rows, (row) => row.variant),
  column(rows, (row) => row.at),
  column(rows, (row) => quoted(row.measures)),
  column(rows, (row) => `"{${row.x.join(',')}}"`),
  column(rows, (row) => `"{${row.y.join(',')}}"`),
]
