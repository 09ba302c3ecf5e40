import { stringify } from 'csv-stringify/sync'
import type { Case } from '../../core/continuity/case-view.ts'
import type { Comparison, Report } from '../../core/analyze/report.ts'
import type { DecisionView, SeriesPoint } from '../../core/tell/views.ts'

type Cell = string | number | boolean | null
type Columns<T> = Record<string, (row: T) => Cell>

/** Rows of a table as RFC 4180 writes them. Text that a spreadsheet would take for a formula is kept from being one. */
const csv = <T>(columns: Columns<T>, rows: readonly T[], header = true): string =>
  stringify(rows.map((row) => Object.values(columns).map((cell) => cell(row))), {
    ...(header ? { header: true, columns: Object.keys(columns) } : {}),
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { boolean: (value) => String(value), number: (value) => ({ value: String(value), escape_formulas: false }) },
  })

const compared: Columns<Comparison> = {
  metric: ({ metric }) => metric,
  role: ({ role }) => role,
  variant: ({ variant }) => variant,
  control: ({ control }) => control,
  difference: ({ difference }) => difference.estimate,
  difference_lower: ({ difference }) => difference.lower,
  difference_upper: ({ difference }) => difference.upper,
  relative: ({ relative }) => relative.estimate,
  relative_lower: ({ relative }) => relative.lower,
  relative_upper: ({ relative }) => relative.upper,
  p_value: ({ pValue }) => pValue,
  verdict: ({ verdict }) => verdict,
  evidence: ({ evidence }) => evidence.value,
  evidence_needed: ({ evidence }) => evidence.needed,
}

/** A row for each comparison, its figures as the API tells them; what nobody knows, and unbounded ends, are empty. */
export const reportCsv = (report: Report): string => {
  const unitsOf = (key: string): number | null => report.variants.find((variant) => variant.key === key)?.units ?? null
  const estimateOf = (key: string, metric: string): number | null => report.variants.find((variant) => variant.key === key)?.metrics[metric]?.estimate ?? null
  return csv<Comparison>({
    experiment: () => report.experiment,
    as_of: () => report.asOf,
    ...compared,
    variant_units: ({ variant }) => unitsOf(variant),
    control_units: ({ control }) => unitsOf(control),
    variant_estimate: ({ variant, metric }) => estimateOf(variant, metric),
    control_estimate: ({ control, metric }) => estimateOf(control, metric),
  }, report.comparisons)
}

/** A row for each comparison of each stored analysis; the heading with the first part only. */
export const seriesCsv = (points: readonly SeriesPoint[], first: boolean): string =>
  csv<{ point: SeriesPoint; comparison: Comparison }>({
    analysis: ({ point }) => point.analysis,
    at: ({ point }) => point.at,
    epoch: ({ point }) => point.epoch,
    units: ({ point }) => point.units,
    weight: ({ point, comparison }) => point.weights[comparison.variant] ?? null,
    ...Object.fromEntries(Object.entries(compared).map(([name, cell]) => [name, ({ comparison }: { comparison: Comparison }) => cell(comparison)])),
  }, points.flatMap((point) => point.comparisons.map((comparison) => ({ point, comparison }))), first)

/** A row for each entry of the ledger, held-back ones too; the heading with the first part only. */
export const decisionsCsv = (decisions: readonly DecisionView[], first: boolean): string =>
  csv<DecisionView>({
    id: ({ id }) => id,
    seq: ({ seq }) => seq,
    at: ({ at }) => at,
    actor: ({ actor }) => actor,
    mode: ({ mode }) => mode,
    action: ({ action }) => action,
    variant: ({ variant }) => variant,
    rule: ({ rule }) => rule,
    reason: ({ reason }) => reason,
    status: ({ status }) => status,
    epoch_before: ({ epochBefore }) => epochBefore,
    epoch_after: ({ epochAfter }) => epochAfter,
    weights_before: ({ weightsBefore }) => weightsBefore.join(' '),
    weights_after: ({ weightsAfter }) => weightsAfter.join(' '),
    hash: ({ hash }) => hash,
  }, decisions, first)

/** A row for each case; measures as JSON, since each outcome tells its own. */
export const casesCsv = (cases: readonly Case[]): string =>
  csv<Case>({
    id: ({ id }) => id,
    kind: ({ kind }) => kind,
    variant: ({ variant }) => variant,
    version: ({ version }) => version,
    epoch: ({ epoch }) => epoch,
    at: ({ at }) => at,
    why: ({ why }) => why,
    value: ({ value }) => value,
    threshold: ({ threshold }) => threshold,
    measures: ({ measures }) => JSON.stringify(measures),
    control_version: ({ control }) => control?.version ?? null,
    control_measures: ({ control }) => (control === null ? null : JSON.stringify(control.measures)),
  }, cases)
