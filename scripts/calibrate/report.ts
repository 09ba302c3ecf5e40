import { estimate, type Broken } from './estimate.ts'
import type { Cell, Study, Tally } from './study.ts'

/** 0.0421 ± 0.0032: a mean with its Monte-Carlo standard error, to the digits that the error leaves. */
export const withError = (mean: number, error: number): string => {
  if (error === 0) return String(Number(mean.toPrecision(4)))
  const digits = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(error))))
  return `${mean.toFixed(digits)} ± ${error.toFixed(digits)}`
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const names = (study: Study, of: (cell: Cell) => Iterable<string>): string[] => [...new Set(study.cells.flatMap((cell) => [...of(cell)]))]

/** One study as a Markdown table: a row a cell, a column a label and a measure. */
export const tableOf = (study: Study, sums: ReadonlyMap<string, Tally>, broken: readonly Broken[]): string => {
  const tallyOf = (cell: Cell): Tally['measures'] => sums.get(`${study.name}/${cell.key}`)?.measures ?? {}
  const labels = names(study, (cell) => Object.keys(cell.labels))
  const measures = names(study, (cell) => Object.keys(tallyOf(cell)))
  const lines = study.cells.map((cell) => {
    const figures = measures.map((name) => {
      const sum = tallyOf(cell)[name]
      if (!sum) return ''
      const { mean, error } = estimate(sum)
      const failed = broken.some((one) => one.cell === cell.key && one.measure === name)
      return failed ? `**${withError(mean, error)} ✗**` : withError(mean, error)
    })
    return row([...labels.map((label) => cell.labels[label] ?? ''), String(sums.get(`${study.name}/${cell.key}`)?.runs ?? 0), ...figures])
  })
  const head = [...labels, 'runs', ...measures]
  return [
    `## ${study.title}`, '', study.about, '',
    ...(study.plots ?? []).map(({ name, title }) => `![${title}](${study.name}-${name}.svg)\n`),
    row(head), row(head.map(() => '---')), ...lines, '',
  ].join('\n')
}
