import { styleText } from 'node:util'
import { type Paint, plain } from '../../report/terminal/paint.ts'

/** Width of lines where nobody looks at a terminal. */
const paperWidth = 110

/** Colours and weights for a terminal; none where there is none, and where NO_COLOR asks for none. */
export const paintFor = (stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv = process.env): Paint => {
  const asked = environment['FORCE_COLOR']
  if (environment['NO_COLOR'] || (!stream.isTTY && (asked === undefined || asked === '0'))) return plain
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) => styleText(format, text, { validateStream: false })
  return { bold: style('bold'), quiet: style('dim'), better: style('blueBright'), worse: style('redBright'), trouble: style('yellow') }
}

export const widthOf = (stream: NodeJS.WriteStream): number => Math.max(40, stream.isTTY ? stream.columns : paperWidth)

/** Results: standard output. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`)
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2))

/** What happens meanwhile: standard error. */
export const tell = (text: string): void => void process.stderr.write(`${text}\n`)

/** A line that overwrites itself in a terminal; elsewhere only every now and then a line, and nothing of the last one. */
export const createProgress = (stream: NodeJS.WriteStream = process.stderr, everyMs = 10_000) => {
  let last = -Infinity
  return {
    show(text: string): void {
      if (stream.isTTY) return void stream.write(`\r${text.slice(0, stream.columns - 1)}\u001B[K`)
      if (performance.now() - last < everyMs) return
      last = performance.now()
      stream.write(`${text}\n`)
    },
    /** Take it away, for a line of another kind or for good. */
    clear(): void {
      if (stream.isTTY) stream.write('\r\u001B[K')
    },
  }
}
