import type { Compared, ComparedAdjusted } from '../../../stats/index.ts'
import type { Arm } from './arms.ts'
import type { AnalysedMetric, AnalysisRequest, Sample } from './request.ts'
import { turned } from '../analyze/compare.ts'
import type { Answer } from '../methods/method.ts'
import { count } from '../describe/wording.ts'

/** What a reader of one comparison must know beside its warnings. */
export const notesOf = (
  request: AnalysisRequest,
  metric: AnalysedMetric,
  a: Arm,
  b: Arm,
  { few, adjusted, answer }: { few: Compared['missing']; adjusted: ComparedAdjusted | null; answer: Answer },
): string[] => {
  const pair = `${metric.metric}, ${b.sample.key} against ${a.sample.key}`
  const notes: string[] = []
  const [first] = few.length > 0 ? few : answer.missing
  if (first) {
    const have = `${count(Math.floor(first.current))} of ${count(first.needed)} ${first.what}`
    notes.push(few.length > 0 ? `few data for a normal approximation (${have}).` : `too early to decide: ${have}.`)
  }
  if (adjusted?.covariateNote) notes.push(adjusted.covariateNote)
  if ((a.covariate === null) !== (b.covariate === null))
    notes.push('one of the two has no covariate, so nothing was adjusted.')
  if (request.method === 'fixed' && request.plannedUnits === undefined)
    notes.push('taken as the one look at the planned end; read before that, it errs more often.')
  if (request.method === 'exact') {
    if (!a.sample.epochs) notes.push('judged from totals; with `epochs` the exact test can learn from each.')
    if (!isWeighted(a.sample) || !isWeighted(b.sample))
      notes.push('no weights are told, so the units that came stand for the shares that were drawn.')
  }
  notes.push(...turned(answer))
  return notes.map((note) => `${pair}: ${note}`)
}

const isWeighted = ({ weight, epochs }: Sample): boolean =>
  weight !== undefined || (epochs?.every((one) => one.weight !== undefined) ?? false)
