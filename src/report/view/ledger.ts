import type { DecisionView } from '../../core/tell/views.ts'
import { numbersOf } from '../series.ts'
import { deedText } from './deeds.ts'
import { type Moved, movedOf } from './moved.ts'
import type { Source } from './source.ts'
import { upperFirst } from '../../core/describe/wording.ts'

/** What an entry says was done, as the beginning of a sentence. */
export const deedOf = (entry: Pick<DecisionView, 'action' | 'variant' | 'status'>): string => upperFirst(deedText(entry))

export type Fact = { name: string; value: string }
export type LedgerRow = {
  id: number
  /** Its place in the chain. */
  seq: number
  /** Its number in the charts; null for moves of traffic, which are not marked there. */
  mark: number | null
  at: number
  deed: string
  status: DecisionView['status']
  actor: string
  reason: string
  rule: string
  epochs: string
  moved: Moved[]
  /** What it was decided from, in short. */
  facts: Fact[]
  /** All of its evidence as JSON; null for entries whose evidence is read elsewhere. */
  inputs: string | null
  alternatives: string[]
  undo: string | null
  replayable: boolean
}

/** So many entries show their evidence on the page itself; that of older ones is behind a link. */
const unfolded = 20

const pretty = (value: unknown): string => JSON.stringify(value, null, 1).replace(/\n\s*(?=["\d\-ntf\]}])/g, (space) => (space.length > 4 ? ' ' : space))

const factsOf = ({ seed, hash, inputs, policyHash, freshness, mode, evidence }: DecisionView): Fact[] => {
  const fact = (name: string, value: unknown): Fact[] => (value === undefined || value === null || value === '' ? [] : [{ name, value: String(value) }])
  return [
    ...fact('Mode', mode),
    ...fact('Seed', seed ?? 'none: nothing was drawn'),
    ...fact('Analysis', evidence['analysis']),
    ...fact('Data as of', freshness?.asOf),
    ...fact('Digest of the data', freshness?.digest ?? evidence['digest']),
    ...fact('Thresholds (policy)', policyHash),
    ...fact('Inputs', inputs),
    ...fact('Hash', hash),
  ]
}

const entryOf = (entry: DecisionView, index: number, keys: readonly string[], mark: number | null): LedgerRow => ({
  id: entry.id, seq: entry.seq, mark, at: Date.parse(entry.at), deed: deedOf(entry), status: entry.status,
  actor: entry.actor === 'engine' ? 'the engine' : entry.actor, reason: entry.reason, rule: entry.rule,
  epochs: entry.epochBefore === entry.epochAfter ? `epoch ${entry.epochAfter}` : `epoch ${entry.epochBefore} → ${entry.epochAfter}`,
  moved: movedOf(entry, keys),
  facts: factsOf(entry),
  inputs: index < unfolded ? pretty(entry.evidence) : null,
  alternatives: (entry.alternatives ?? []).map(({ action, variant, rejected }) => `${action}${variant === null ? '' : ` ${variant}`}: ${rejected}`),
  undo: entry.undo?.text ?? null,
  replayable: Boolean(entry.inputs),
})

/** Moves of traffic one after another, told as one: so many, from when to when, and what they did together. */
export type Moves = { moves: number; from: number; until: number; first: number; last: number; moved: LedgerRow['moved']; rows: LedgerRow[] }

export type Ledger = { entries: (LedgerRow | Moves)[]; older: boolean; footer: string; broken: boolean }

export const isMoves = (entry: LedgerRow | Moves): entry is Moves => 'moves' in entry

const isMove = ({ action, status }: Pick<DecisionView, 'action' | 'status'>): boolean => action === 'reallocate' && status === 'applied'

/**
 * Moves in a row as one entry, so that decisions and what people did stand out; a lone one stays as it is. Where the chain
 * has entries between two of these, moves were left out there.
 */
const folded = (decisions: readonly DecisionView[], rows: readonly LedgerRow[], keys: readonly string[]): (LedgerRow | Moves)[] => {
  const entries: (LedgerRow | Moves)[] = []
  for (let start = 0, end = 0; start < rows.length; start = end + 1) {
    for (end = start; end < decisions.length && isMove(decisions[end]!);) end++
    const [newest, oldest, later, earlier] = [decisions[start], decisions[end - 1], decisions[start - 1], decisions[end]]
    const hidden = oldest && earlier ? oldest.seq - earlier.seq - 1 : 0
    const number = end - start + hidden
    if (number === 1 && hidden === 0) entries.push(rows[start]!)
    else if (number > 0 && oldest) {
      const [last, first] = [end > start ? newest : undefined, hidden > 0 ? earlier : undefined]
      const weightsBefore = first?.weightsAfter ?? oldest.weightsBefore
      const weightsAfter = last?.weightsAfter ?? later?.weightsBefore ?? weightsBefore
      entries.push({
        moves: number, from: Date.parse((first ?? oldest).at), until: Date.parse((last ?? later ?? oldest).at),
        first: first ? first.seq + 1 : oldest.seq, last: last?.seq ?? oldest.seq - 1,
        moved: movedOf({ weightsBefore, weightsAfter }, keys), rows: rows.slice(start, end),
      })
    }
    if (rows[end]) entries.push(rows[end]!)
  }
  return entries
}

/** What was done and held back, the newest first, and whether the chain of it holds. */
export const ledgerOf = ({ decisions, older, chain, experiment }: Pick<Source, 'decisions' | 'older' | 'chain' | 'experiment'>): Ledger => {
  const keys = experiment.variants.map(({ key }) => key)
  const size = `${chain.entries} ${chain.entries === 1 ? 'entry' : 'entries'}`
  const marks = numbersOf(decisions)
  return {
    entries: folded(decisions, decisions.map((entry, index) => entryOf(entry, index, keys, marks.get(entry.id) ?? null)), keys),
    older,
    broken: chain.problems.length > 0,
    footer: chain.problems.length === 0 ? (chain.entries === 0 ? '' : `Chain intact, ${size}.`) : `The chain is broken: ${chain.problems.slice(0, 3).join('; ')}. ${size}.`,
  }
}
