import type { DecisionView } from '../../core/views.ts'
import { percent } from '../../core/wording.ts'
import { deedText } from './deeds.ts'
import type { Source } from './source.ts'

/** What an entry says was done, as the beginning of a sentence. */
export const deedOf = (entry: Pick<DecisionView, 'action' | 'variant' | 'status'>): string => upperFirst(deedText(entry))

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const shareText = (weight: number | undefined): string => percent(Math.round((weight ?? 0) * 1_000) / 1_000)

/** Who now gets more or less than before, by name. */
const movedOf = ({ weightsBefore, weightsAfter }: DecisionView, keys: readonly string[]): { key: string; before: string; after: string }[] =>
  weightsAfter.flatMap((weight, arm) => {
    const [before, after] = [shareText(weightsBefore[arm]), shareText(weight)]
    return before === after ? [] : [{ key: keys[arm] ?? String(arm), before, after }]
  })

export type Fact = { name: string; value: string }
export type LedgerRow = {
  id: number
  /** Its place in the chain. */
  seq: number
  at: number
  deed: string
  status: DecisionView['status']
  actor: string
  reason: string
  rule: string
  epochs: string
  moved: { key: string; before: string; after: string }[]
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

const entryOf = (entry: DecisionView, index: number, keys: readonly string[]): LedgerRow => ({
  id: entry.id, seq: entry.seq, at: Date.parse(entry.at), deed: deedOf(entry), status: entry.status,
  actor: entry.actor === 'engine' ? 'the engine' : entry.actor, reason: entry.reason, rule: entry.rule,
  epochs: entry.epochBefore === entry.epochAfter ? `epoch ${entry.epochAfter}` : `epoch ${entry.epochBefore} → ${entry.epochAfter}`,
  moved: movedOf(entry, keys),
  facts: factsOf(entry),
  inputs: index < unfolded ? pretty(entry.evidence) : null,
  alternatives: (entry.alternatives ?? []).map(({ action, variant, rejected }) => `${action}${variant === null ? '' : ` ${variant}`}: ${rejected}`),
  undo: entry.undo?.text ?? null,
  replayable: Boolean(entry.inputs),
})

export type Ledger = { entries: LedgerRow[]; older: boolean; footer: string; broken: boolean }

/** What was done and held back, the newest first, and whether the chain of it holds. */
export const ledgerOf = ({ decisions, older, chain, experiment }: Pick<Source, 'decisions' | 'older' | 'chain' | 'experiment'>): Ledger => {
  const keys = experiment.variants.map(({ key }) => key)
  const size = `${chain.entries} ${chain.entries === 1 ? 'entry' : 'entries'}`
  return {
    entries: decisions.map((entry, index) => entryOf(entry, index, keys)),
    older,
    broken: chain.problems.length > 0,
    footer: chain.problems.length === 0 ? `Chain intact, ${size}.` : `The chain is broken: ${chain.problems.slice(0, 3).join('; ')}. ${size}.`,
  }
}
