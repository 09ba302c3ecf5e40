/** A fenced block of a document, and the answer that the block after it shows; null where none follows. */
export type Block = { line: number; code: string; answer: string | null }

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm

/** The shell blocks of a Markdown text, in order. A block of another language right behind one is its answer. */
export const blocksOf = (markdown: string): Block[] => {
  const found = [...markdown.matchAll(fence)].map(({ 1: language = '', 2: code = '', index }) => ({ language, code, index, line: markdown.slice(0, index).split('\n').length }))
  return found.flatMap(({ language, code, line }, at) => {
    if (language !== 'sh') return []
    const next = found[at + 1]
    return [{ line, code, answer: next !== undefined && next.language !== 'sh' ? next.code : null }]
  })
}

/** Names of fields in the order in which a JSON text has them; what stands within texts is none. */
const fieldsOf = (json: string): string[] => [...json.matchAll(/"((?:[^"\\]|\\.)*)"\s*(:)?/g)].flatMap(({ 1: name = '', 2: colon }) => (colon ? [name] : []))

/**
 * What an answer that a document shows has and the real one has not. Lines without an ellipsis must be there as they
 * are, but for the space around them; of others every field, in the order shown.
 */
export const missingFrom = (actual: string, shown: string): string[] => {
  const plain = (text: string): string => text.replaceAll(/\s+/g, '')
  if (!shown.includes('…')) return shown.split('\n').filter((line) => line.trim() !== '' && !plain(actual).includes(plain(line)))
  const real = fieldsOf(actual)
  let from = 0
  return fieldsOf(shown).filter((name) => {
    const at = real.indexOf(name, from)
    if (at >= 0) from = at + 1
    return at < 0
  })
}
