import { beforeEnd } from './interrupts.ts'

/** Terminal sequences: a screen beside the one in use, the cursor, and updates that appear whole. */
const begin = '\u001B[?1049h\u001B[?25l'
const end = '\u001B[?25h\u001B[?1049l'
const whole = { from: '\u001B[?2026h\u001B[H', to: '\u001B[J\u001B[?2026l' }

/** As many lines as fit, each overwriting what stood there; a line says how many more there are. */
export const frameOf = (text: string, rows: number): string => {
  const lines = text.split('\n')
  const fitting = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines: make the window taller`]
  return whole.from + fitting.map((line) => `${line}\u001B[K`).join('\r\n') + whole.to
}

/** A screen of its own, in a terminal. However the process ends, what was there before is there again. */
export const openScreen = (stream: NodeJS.WriteStream) => {
  stream.write(begin)
  beforeEnd(() => void stream.write(end))
  return { show: (text: string): void => void stream.write(frameOf(text, stream.rows)) }
}
