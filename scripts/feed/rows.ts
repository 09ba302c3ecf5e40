import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'

/** Logged rows by unit, then by variant: what every variant did on that unit. */
export type Logged = {
  rows: number
  variants: string[]
  units: Map<string, Map<string, Record<string, number>>>
}

export type Columns = { unit: string; variant: string; measures: string[] }

/**
 * Read a CSV with a header line. A unit may have a row for every variant; a second row of the same unit and
 * variant is an error, because only one of them could be replayed.
 * @throws {Error} naming the line and the column that is missing or not a number
 */
export const readRows = async (file: string, columns: Columns): Promise<Logged> => {
  const logged: Logged = { rows: 0, variants: [], units: new Map() }
  const variants = new Set<string>()
  const parser = createReadStream(file).pipe(parse({ columns: true, bom: true, skip_empty_lines: true, trim: true }))
  for await (const record of parser as AsyncIterable<Record<string, string>>) {
    logged.rows++
    const line = logged.rows + 1
    const text = (column: string): string => {
      const value = record[column]
      if (value === undefined) throw new Error(`${file}: no column "${column}"; there are ${Object.keys(record).join(', ')}`)
      if (value === '') throw new Error(`${file}, line ${line}: column "${column}" is empty`)
      return value
    }
    const unit = text(columns.unit)
    const variant = text(columns.variant)
    const measures = Object.fromEntries(
      columns.measures.map((measure) => {
        const value = Number(text(measure))
        if (!Number.isFinite(value)) throw new Error(`${file}, line ${line}: column "${measure}" is not a number`)
        return [measure, value]
      }),
    )
    const seen = logged.units.get(unit) ?? new Map<string, Record<string, number>>()
    if (seen.has(variant)) throw new Error(`${file}, line ${line}: a second row of ${columns.unit} ${unit} and ${variant}`)
    seen.set(variant, measures)
    logged.units.set(unit, seen)
    variants.add(variant)
  }
  if (logged.rows === 0) throw new Error(`${file} holds no rows`)
  logged.variants = [...variants].toSorted()
  return logged
}
