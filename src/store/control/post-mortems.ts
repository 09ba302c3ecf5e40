import type { TransactionSql } from '../client.ts'

type Opened = { decision: number; experiment: number; model: number; variant: string | null; locked: readonly string[]; at: Date }

/** Open the draft of a post-mortem, in the transaction of the decision that asks for it. */
export const openPostMortem = async (tx: TransactionSql, { decision, experiment, model, variant, locked, at }: Opened): Promise<void> => {
  await tx`
    insert into post_mortems (ledger, experiment, model, variant, locked, opened_at)
    values (${decision}, ${experiment}, ${model}, ${variant}, ${[...locked]}, ${at})`
}

type Signed = { decisions: readonly number[]; by: string; note: string; decision: number; at: Date }

/** Sign them, in the transaction of the acknowledgement. What was signed stays as it was signed. */
export const signPostMortems = async (tx: TransactionSql, { decisions, by, note, decision, at }: Signed): Promise<void> => {
  await tx`
    update post_mortems set signed_at = ${at}, signed_by = ${by}, note = ${note}, signed_ledger = ${decision}
    where ledger = any(${`{${decisions.join()}}`}::bigint[]) and signed_at is null`
}
