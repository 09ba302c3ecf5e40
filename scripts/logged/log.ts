import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'

/** One logged row: in which context which action was drawn, with which probability, and what came of it. */
export type Logged = { context: string; action: string; propensity: number; reward: number }

export type Columns = { action: string; context: string | null; reward: string; propensity: string }

/**
 * Read a log, a CSV with a header line.
 * @throws {Error} naming the line and the column that is missing or not a number
 */
export const readLog = async (file: string, columns: Columns): Promise<Logged[]> => {
  const log: Logged[] = []
  const parser = createReadStream(file).pipe(parse({ columns: true, bom: true, skip_empty_lines: true, trim: true }))
  for await (const record of parser as AsyncIterable<Record<string, string>>) {
    const text = (column: string): string => {
      const value = record[column]
      if (value === undefined) throw new Error(`${file}: no column "${column}"; there are ${Object.keys(record).join(', ')}`)
      return value
    }
    const number = (column: string): number => {
      const value = text(column)
      if (value === '' || !Number.isFinite(Number(value))) {
        throw new Error(`${file}, line ${log.length + 2}: column "${column}" is not a number`)
      }
      return Number(value)
    }
    log.push({
      context: columns.context === null ? '' : text(columns.context),
      action: text(columns.action),
      propensity: number(columns.propensity),
      reward: number(columns.reward),
    })
  }
  if (log.length === 0) throw new Error(`${file} holds no rows`)
  return log
}
