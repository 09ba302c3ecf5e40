/** Cells of characters; letters and marks of ours take one each. */
const lengthOf = (text: string): number => [...text].length

export type Cell = { text: string; paint?: (text: string) => string; align?: 'left' | 'right' }

/**
 * Rows whose cells stand below each other, two blanks apart. Paint comes after measuring, so that colours take no room.
 * The last cell of a row is not padded.
 */
export const columns = (rows: readonly (readonly (Cell | string)[])[]): string[] => {
  const cells = rows.map((row) => row.map((cell): Cell => (typeof cell === 'string' ? { text: cell } : cell)))
  const widths: number[] = []
  for (const row of cells) row.forEach(({ text }, column) => (widths[column] = Math.max(widths[column] ?? 0, lengthOf(text))))
  return cells.map((row) =>
    row
      .map(({ text, paint = (same) => same, align = 'left' }, column) => {
        const room = ' '.repeat((widths[column] ?? 0) - lengthOf(text))
        if (align === 'right') return room + paint(text)
        return column === row.length - 1 ? paint(text) : paint(text) + room
      })
      .join('  ')
      .trimEnd(),
  )
}

/**
 * Words in lines of at most `width`; lines after the first begin with `indent` blanks, the first with its own. A longer
 * word has a line of its own.
 */
export const wrap = (text: string, width: number, indent = 0): string[] => {
  const [first, ...words] = text.trimStart().split(' ')
  const lines = [' '.repeat(text.length - text.trimStart().length) + first]
  for (const word of words) {
    const line = lines.at(-1) ?? ''
    if (lengthOf(line) + 1 + lengthOf(word) <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(' '.repeat(indent) + word)
  }
  return lines
}

const circled = (first: number, from: number, to: number, number: number): string | null =>
  number >= from && number <= to ? String.fromCodePoint(first + number - from) : null

/** ① to ㊿, by which decisions are named; (51) and so on after that. */
export const ordinalMark = (number: number): string =>
  circled(0x2460, 1, 20, number) ?? circled(0x3251, 21, 35, number) ?? circled(0x32b1, 36, 50, number) ?? `(${number})`

/** A share in [0, 1] as a bar of `width` cells, to the eighth of a cell. */
export const bar = (share: number, width: number): string => {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8)
  const rest = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? ''
  return ('█'.repeat(Math.floor(eighths / 8)) + rest).padEnd(width)
}
