import type { AskedCases } from '../../core/continuity/case-view.ts'
import type { Imported, StateDocument } from '../../core/continuity/document.ts'
import { planImport, unitsIn } from '../../core/continuity/plan-import.ts'
import { columnsOf, stateTableNames } from '../../core/continuity/tables.ts'
import { invalid, notFound, ServiceError } from '../../errors.ts'
import { applyChange } from '../control/apply.ts'
import { hashOf } from '../control/canonical.ts'
import { readContext, refusalOf, requireExperiment } from '../control/experiments.ts'
import type { PageRequest } from '../control/pages.ts'
import type { Pool } from '../pool.ts'
import { readCases } from '../read/cases.ts'
import { readState } from './read-state.ts'

const notes = [
  'What was imported is sealed and cannot be recounted here: its units stayed where they were counted.',
  'New exposures count in a new epoch of the same scope; a unit that was counted there and comes here counts once more.',
  'Outcomes of assignments that were made there count there alone.',
]

/** @throws {ServiceError} invalid_definition when it is not as it was written, or of another form */
const requireWhole = ({ digest, ...document }: StateDocument): void => {
  if (hashOf(document) !== digest) throw invalid('invalid_definition', 'digest', 'is not that of the document: it was changed, or cut short')
  for (const name of stateTableNames) {
    const own = columnsOf(name).map(([column]) => column)
    if (document.columns[name]?.join() !== own.join()) throw invalid('invalid_definition', `columns.${name}`, `expected ${own.join(', ')}`)
  }
}

export const createContinuity = (pool: Pool) => ({
  read: async (key: string): Promise<StateDocument> => {
    const document = await readState(pool, key)
    if (!document) throw notFound('experiment', key)
    return document
  },
  cases: (key: string, asked: AskedCases, page: PageRequest) => readCases(pool, key, asked, page),
  /** All of it or nothing: one transaction. */
  import: async (key: string, document: StateDocument, actor: string): Promise<Imported> => {
    requireWhole(document)
    const draft = await pool.run((sql) => requireExperiment(sql, key))
    const context = await readContext(pool, draft)
    const reason = `imported what "${document.experiment}" had learned until ${document.exportedAt.slice(0, 16)}Z`
    const change = planImport(draft, document, context, { actor, reason, definitionDigest: hashOf(document.definition) })
    if ('refused' in change) throw refusalOf(change)
    const applied = await applyChange(pool, change)
    if (applied.status !== 'applied') throw new ServiceError('stale', `"${key}" changed at the same moment; look at it and ask again`)
    const { scopes, epochs, digest, experiment } = document
    return {
      experiment: key, state: change.state, epoch: applied.epoch, decision: applied.decision,
      imported: { from: experiment, digest, scopes: scopes.length, epochs: epochs.length, units: unitsIn(document) }, notes,
    }
  },
})
