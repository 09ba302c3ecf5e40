/** Ways to set off text. Whoever prints to a terminal hands in colours; words and shapes say everything without them. */
export type Paint = Record<'bold' | 'quiet' | 'better' | 'worse' | 'trouble', (text: string) => string>

const same = (text: string): string => text

/** No colours: for files, pipes and tests. */
export const plain: Paint = { bold: same, quiet: same, better: same, worse: same, trouble: same }
