import { factsIn } from '../core/decide/inputs.ts'
import { differencesOf, isWording, replay, type Replayed } from '../core/decide/replay.ts'
import type { Replay } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { Pool } from '../store/connect.ts'
import { hashOf } from '../store/control/canonical.ts'
import { readInputs } from '../store/control/inputs.ts'
import { type LedgerRow, readEntry } from '../store/control/ledger.ts'

/** Fields of an entry that tell its place in the chain, or of its inputs; all others follow from these. */
const place = new Set(['id', 'chain', 'seq', 'at', 'prevHash', 'hash', 'form', 'inputs'])
const told = (entry: LedgerRow): Record<string, unknown> => Object.fromEntries(Object.entries(entry).filter(([key]) => !place.has(key)))

const asJson = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value)) as Record<string, unknown>

/**
 * Take a stored decision again, from what it was taken from, by the rules of today; and check that neither the entry nor
 * its inputs were changed since. `same` only where both hold and every field is equal; what a later version
 * only puts in other words is no difference, as long as the entry's own hash shows that nobody changed it.
 *
 * @throws {ServiceError} not_found for an unknown decision, and for one without stored inputs: a switch of a model, or
 * an entry older than they are
 */
export const replayDecision = async (pool: Pool, id: number): Promise<Replay> => {
  const entry = await readEntry(pool, id)
  if (!entry) throw new ServiceError('not_found', `there is no decision ${id}`)
  const { inputs: hash } = entry
  if (!hash) throw new ServiceError('not_found', `no inputs are stored with decision ${id}, so that it cannot be replayed`)
  const { id: _, hash: claimed, ...body } = entry
  const differences = differencesOf(claimed, hashOf(body), 'hash')
  const intact = differences.length === 0
  const stored = told(entry)
  const read = await pool.run((sql) => readInputs(sql, id, hash))
  if ('damage' in read) {
    const damaged = read.damage.map(({ what, hash: named, found }) => ({ path: what === 'inputs' ? 'inputs' : 'inputs.parts', stored: named, recomputed: found }))
    return { decision: id, same: false, stored, recomputed: null, differences: [...differences, ...damaged] }
  }
  const { inputs } = read
  let again: Replayed | null
  try {
    again = replay(inputs)
  } catch {
    differences.push({ path: 'recomputed', stored: null, recomputed: 'the rules of this version cannot read these inputs' })
    return { decision: id, same: false, stored, recomputed: null, differences }
  }
  // older entries of what was not done say nothing of undoing it
  const silent = entry.status !== 'applied' && entry.undo === null
  const recomputed = again && asJson({ ...again, ...(silent && { undo: null }), policyHash: hashOf(factsIn(inputs).definition.policy) })
  differences.push(...differencesOf(stored, recomputed).filter((one) => !intact || !isWording(one)))
  return { decision: id, same: differences.length === 0, stored, recomputed, differences }
}
