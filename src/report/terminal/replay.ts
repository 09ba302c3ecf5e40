import type { GuardrailReport, Report } from '../../core/analyze/report.ts'
import { count } from '../../core/describe/wording.ts'
import { pillOf } from '../pills.ts'
import { columns, wrap } from './lines.ts'
import type { Paint } from './paint.ts'
import type { Look } from './report.ts'

/** What a replay answers. `stored` and `recomputed` are the fields of an entry of the ledger. */
export type ReplayAnswer = {
  decision: number
  same: boolean
  stored: Record<string, unknown>
  recomputed: Record<string, unknown> | null
  differences: { path: string; stored: unknown; recomputed: unknown }[]
}

const valueText = (value: unknown): string => {
  const text = typeof value === 'string' ? value : value === null || value === undefined ? 'unknown' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** A number people can read; whole ones and words as they are. */
const shown = (value: unknown): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : valueText(value)

const wordsOf = (entry: Record<string, unknown>): string =>
  [entry['status'] === 'held' ? 'held back:' : '', entry['action'], entry['variant'] ?? ''].filter((word) => word !== '').join(' ')

type Evidence = {
  units?: Record<string, number>
  conditions?: Report['summary']['conditions']
  guardrails?: GuardrailReport[]
}

/** Told by itself, or by what stands beside it. */
const toldElsewhere = new Set(['asOf', 'digest', 'scope', 'analysis', 'seed'])

/** What a rule had before it: the checklist, harm beside what is allowed, and numbers of its own. */
const inputLines = (evidence: Evidence & Record<string, unknown>, paint: Paint): string[] => {
  const own = Object.entries(evidence).filter(([key, value]) => !toldElsewhere.has(key) && (value === null || typeof value !== 'object'))
  const units = Object.entries(evidence.units ?? {}).map(([who, number]) => `${who} ${count(number)}`).join(', ')
  const harm = (evidence.guardrails ?? []).map(({ metric, variant, verdict, harm: { lower, upper }, margin }) => {
    const { mark, word } = pillOf(verdict, 'guardrail')
    return [`  ${mark} ${word}`, `${metric} of ${variant}`, `harm ${shown(lower)} to ${shown(upper)}, ${shown(margin)} allowed`]
  })
  const conditions = (evidence.conditions ?? []).map(({ met, text, current, needed }) => [`  ${met ? '✓' : '○'} ${text}`, current, { text: `needed ${needed}`, paint: paint.quiet }])
  return [
    ...columns([...(units === '' ? [] : [['  units', units]]), ...own.map(([key, value]) => [`  ${key}`, shown(value)])]),
    ...columns(harm),
    ...columns(conditions),
  ]
}

/** A decision taken again: what it was, the rule and its inputs, and whether the same came out of them. */
export const replayText = ({ decision, same, stored, recomputed, differences }: ReplayAnswer, { paint, width }: Look): string => {
  const freshness = stored['freshness'] as { asOf?: string; digest?: string } | null | undefined
  const verdict = same
    ? [paint.better('same action ✓'), paint.quiet('  taken again from its stored inputs: every field is equal, and nothing was changed since')]
    : [
        paint.worse(recomputed === null ? 'could not be taken again ✗' : 'not the same ✗'),
        ...columns(differences.map((one) => [`  ${one.path}`, `stored ${valueText(one.stored)}`, `now ${valueText(one.recomputed)}`])),
      ]
  return [
    `${paint.bold(`Decision ${decision}`)}  ${wordsOf(stored)}`,
    ...wrap(`  ${String(stored['reason'] ?? '')}`, width, 2),
    ...columns([
      ['  rule', `${shown(stored['rule'])}, by ${shown(stored['actor'])}`],
      ...(freshness?.asOf ? [['  data as of', `${freshness.asOf}, digest ${freshness.digest ?? ''}`]] : []),
      ...(typeof stored['seed'] === 'number' ? [['  seed', String(stored['seed'])]] : []),
    ]),
    ...inputLines((stored['evidence'] ?? {}) as Evidence & Record<string, unknown>, paint),
    '',
    ...verdict,
  ].join('\n')
}
