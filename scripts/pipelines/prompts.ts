import { seededRandom } from '../../stats/random.ts'
import { readRows } from '../feed/rows.ts'

/** What comes of an answer: does it win against the reference, and does it lose beyond doubt? */
export type Judged = { win: boolean; clear_loss: boolean }

/** The answers of two models to every prompt, by prompt. */
export type Prompts = { champion: string; candidate: string; answers: Map<string, Pair> }
type Pair = Record<'champion' | 'candidate', Judged>

/** An answer that the judge prefers with less than this lost beyond doubt. */
const beyondDoubt = 0.05

/** What an empty answer comes to. */
export const spoilt: Judged = { win: false, clear_loss: true }

/**
 * Every answer of two models, from a CSV with the columns prompt, model, preference and win.
 * @throws {Error} where one of them has not answered a prompt
 */
export const readPrompts = async (file: string, names: { champion: string; candidate: string }): Promise<Prompts> => {
  const { units, variants } = await readRows(file, { unit: 'prompt', variant: 'model', measures: ['preference', 'win'] })
  const judged = (of: Map<string, Record<string, number>>, model: string, prompt: string): Judged => {
    const row = of.get(model)
    if (!row) throw new Error(`${file}: prompt ${prompt} has no answer of "${model}"; there are ${variants.join(', ')}`)
    return { win: row['win'] === 1, clear_loss: (row['preference'] ?? 0) < beyondDoubt }
  }
  const answers = [...units].map(([prompt, of]): [string, Pair] => [
    prompt, { champion: judged(of, names.champion, prompt), candidate: judged(of, names.candidate, prompt) },
  ])
  return { ...names, answers: new Map(answers) }
}

/** Prompts that nobody ever asked: the champion wins 3 of 10 and loses half beyond doubt, the candidate 7 and a seventh. */
export const generatedPrompts = (seed: number, count: number): Prompts => {
  const { uniform } = seededRandom(seed)
  const judged = (win: number, loss: number): Judged => {
    const place = uniform()
    return { win: place < win, clear_loss: place > 1 - loss }
  }
  const answers = Array.from({ length: count }, (_, prompt): [string, Pair] =>
    [String(prompt), { champion: judged(0.3, 0.5), candidate: judged(0.7, 0.14) }])
  return { champion: 'small', candidate: 'large', answers: new Map(answers) }
}

/** Visits without end: all prompts in random order, then all anew in another; each visit is a user of its own. */
export function* visitsOf({ answers }: Prompts, seed: number): Generator<{ unit: string; prompt: string }, never> {
  const { uniform } = seededRandom(seed)
  for (let round = 0; ; round++) {
    const order = [...answers.keys()].map((prompt) => ({ prompt, place: uniform() }))
    for (const { prompt } of order.toSorted((a, b) => a.place - b.place)) yield { prompt, unit: `${prompt}#${round}` }
  }
}
