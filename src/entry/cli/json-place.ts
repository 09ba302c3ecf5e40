/** Where a text stops being JSON: line and column from 1, and the line itself. `ended`: all that is there is right, and more is missing. */
export type Place = { line: number; column: number; text: string; ended: boolean }

/** Is something wrong in it that no further text can mend? Errors at the very end say only that it is cut there. */
const isWrong = (text: string): boolean => {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    const { message } = error as Error
    const at = /at position (\d+)/.exec(message)?.[1]
    return at === undefined ? !message.includes('end of JSON') : Number(at) < text.length
  }
}

/**
 * The first place at which a text is no JSON; by halves, since not every message of the runtime names one.
 *
 * @param text that cannot be parsed
 */
export const placeOf = (text: string): Place => {
  const ended = !isWrong(text)
  let [right, wrong] = [0, text.length]
  while (wrong - right > 1) {
    const middle = Math.floor((right + wrong) / 2)
    if (isWrong(text.slice(0, middle))) wrong = middle
    else right = middle
  }
  const until = ended ? text.trimEnd().length : right
  const from = text.lastIndexOf('\n', until - 1) + 1
  const line = text.slice(0, from).split('\n').length
  return { line, column: until - from + 1, text: text.slice(from).split('\n', 1)[0] ?? '', ended }
}
