import { z } from 'zod'
import { Imported, StateDocument } from '../../core/continuity/document.ts'
import { Key } from '../../core/define/definitions.ts'
import type { ControlPlane } from '../../deps.ts'
import { MB } from '../body.ts'
import { route, type Route } from '../route.ts'

const tag = 'Experiments'
const ByKey = z.object({ key: Key })
/** Rules in it are nested as deep as rules may be. */
const rules = ['definition.audience', 'definition.stages.steps.audience']

/** /api/experiments/{key}/state: what was learned, to be kept or to be gone on with elsewhere. */
export const continuityRoutes = ({ continuity }: Pick<ControlPlane, 'continuity'>): Route[] => [
  route({
    method: 'get', path: '/api/experiments/{key}/state', scope: 'read', tag, summary: 'Export everything that was learned', params: ByKey,
    description: 'Sums per scope, epoch and variant, sketches, days, what detectors, breakers, looks and holds remember: numbers bit for bit. ' +
      'Units are not in it, since their hashes are keyed and belong to this store. At most 250,000 rows of statistics, else 413.',
    responses: { 200: { description: 'one document with a digest of itself', schema: StateDocument } },
    handle: async ({ path }) => ({ body: await continuity.read(path.key) }),
  }),
  route({
    method: 'put', path: '/api/experiments/{key}/state', scope: 'operate', tag, summary: 'Go on from what was learned elsewhere', params: ByKey,
    description: 'Into a draft with the same model, variants, metrics, stages and policy, else 409 with every difference. All of it or nothing. The experiment ' +
      'then stands where the other one stood, running, paused or ended; its traffic begins at once in a new epoch, and its report says the same. Imported ' +
      'epochs are sealed, cannot be recounted here (`contender verify` counts them apart), and remain as evidence; a unit that was counted there and comes here counts once more.',
    body: StateDocument, definition: true, limit: 32 * MB, rules,
    responses: { 200: { description: 'where it stands now', schema: Imported } },
    handle: async ({ path, body, principal }) => ({ body: await continuity.import(path.key, body, principal.id) }),
  }),
]
