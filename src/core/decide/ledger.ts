import type { Verdict } from '../analyze/report.ts'

/** What else could have been done at that look, and why it was not. */
export type Alternative = { action: string; variant: string | null; rule: string; reason: string; rejected: string }

/** By variant and metric; beside them, what is judged of the experiment as a whole. */
export type Verdicts = { variants: Record<string, Record<string, Verdict>>; sampleRatio: Verdict; health: Record<string, Verdict> }

/** How new the data was. `matured`: units whose whole outcome window had passed; `maturedUntil`: end of their last epoch. */
export type Freshness = {
  asOf: string
  digest: string
  epochs: { matured: number; immature: number }
  maturedUntil: string | null
  units: Record<string, { exposed: number; matured: number }>
}

/** A call of this API: what takes an action back, ready to be sent. */
export type Call = { method: 'POST' | 'PUT' | 'PATCH'; path: string; body: Record<string, unknown> }
/** How an action is taken back; no call where nothing does. Calls are sent in order. */
export type Undo = { text: string; calls: Call[] }

/** What an entry tells of the look that it comes from. */
export type Told = { verdicts: Verdicts | null; freshness: Freshness | null; seed: number | null; alternatives: Alternative[] }

/** What entries of form 2 hold beside those before: all of them, with nothing in the place of what does not apply. */
type Second = Told & {
  form: 2
  /** Null in older entries of what was not done. */
  undo: Undo | null
  /** SHA-256 of the stored inputs, by which the decision can be replayed; null where none are stored. */
  inputs: string | null
}

/**
 * One entry of the ledger. `hash` covers everything but itself, `prevHash` included: SHA-256 of the canonical JSON, in
 * every form. Entries without a `form` are of the first, which has fewer fields.
 */
export type LedgerEntry = {
  chain: string
  seq: number
  at: string
  actor: string
  mode: 'auto' | 'recommend' | 'observe' | 'manual'
  experiment: string | null
  /** Null, like the experiment, in the entries that chain the heads of all chains. */
  model: string | null
  stage: number
  action: string
  variant: string | null
  rule: string
  reason: string
  status: 'applied' | 'held' | 'failed'
  epochBefore: number
  epochAfter: number
  weightsBefore: number[]
  weightsAfter: number[]
  policyHash: string
  /** Numbers the rule used, with what it needed; the id of the analysis they come from. */
  evidence: Record<string, unknown>
  prevHash: string
  hash: string
} & Partial<Second>

/** What an entry says when its writer says nothing of it. */
export const untold: Omit<Second, 'form'> = { verdicts: null, freshness: null, seed: null, alternatives: [], undo: null, inputs: null }
