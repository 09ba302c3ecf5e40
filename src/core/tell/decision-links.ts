import type { LedgerEntry } from '../decide/ledger.ts'
import { opensPostMortem, postMortemPath } from './post-mortem.ts'

export type Links = { analysis: string | null; replay: string | null; postMortem: string | null }

/** Where to read on from an entry; null where there is nothing. */
export const linksOf = (entry: LedgerEntry & { id: number }): Links => {
  const { id, experiment, evidence, inputs, form } = entry
  const analysis = evidence['analysis']
  return {
    analysis: experiment !== null && typeof analysis === 'number' ? `/api/experiments/${experiment}/report?asOf=${analysis}` : null,
    replay: inputs ? `/api/decisions/${id}/replay` : null,
    postMortem: form !== undefined && opensPostMortem(entry) ? postMortemPath(id) : null,
  }
}
