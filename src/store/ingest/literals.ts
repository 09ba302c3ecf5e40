import type { ExposureRow, OutcomeRow } from './rows.ts'

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
