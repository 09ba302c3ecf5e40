/** One entry of the ledger. `hash` covers everything but itself, `prevHash` included. */
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
}
