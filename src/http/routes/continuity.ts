import type { Context } from 'hono'
import { z } from 'zod'
import { Imported, StateDocument } from '../../core/continuity/document.ts'
import { type Case, CaseKind, Cases } from '../../core/continuity/case-view.ts'
import { Key, Measure } from '../../core/define/definitions.ts'
import type { ControlPlane, Page } from '../../deps.ts'
import { casesCsv } from '../../report/export/csv.ts'
import { MB } from '../body.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'

const tag = 'Experiments'
const ByKey = z.object({ key: Key })
/** Rules in it are nested as deep as rules may be. */
const rules = ['definition.audience', 'definition.stages.steps.audience']

const AskCases = Paging.extend({
  kind: CaseKind,
  measure: Measure.optional().describe('uncertain only: the score; default what the first decision metric reads'),
  format: z.enum(['json', 'csv', 'ndjson']).optional().describe('default as Accept says'),
})

const types = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const
type Form = keyof typeof types

const formOf = (accept: string): Form | 'json' => (accept.includes(types.csv) ? 'csv' : accept.includes(types.ndjson) ? 'ndjson' : 'json')

const listResponse = (context: Context, form: Form, { items, next }: Page<Case>): Response => {
  const headers = new Headers({ 'content-type': `${types[form]}; charset=utf-8`, 'cache-control': 'no-store' })
  if (next !== null) {
    const address = new URL(context.req.url)
    address.searchParams.set('cursor', next)
    headers.set('link', `<${address.pathname}${address.search}>; rel="next"`)
  }
  return new Response(form === 'csv' ? casesCsv(items) : items.map((item) => `${JSON.stringify(item)}\n`).join(''), { headers })
}

/** /api/experiments/{key}/state: what was learned, to be kept or to be gone on with elsewhere; …/cases: what is worth a label. */
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
  route({
    method: 'get', path: '/api/experiments/{key}/cases', scope: 'read', tag, summary: 'Outcomes that are worth a label', params: ByKey, query: AskCases,
    description: '`uncertain`: whose measure lies nearest to a declared threshold, or to 0.5 for scores from 0 to 1. `disagreeing`: where a shadow answered ' +
      'otherwise than the control to the same request (the same id of one unit) on a decision metric. Of the latest 20,000 outcomes of the log. Nothing tells whose they are. ' +
      'Also as `text/csv` or `application/x-ndjson`, by Accept or `format`; then the next page is in the header `link`.',
    responses: { 200: { description: 'a page, the most uncertain or different first', schema: Cases } },
    handle: async ({ path, query, context }) => {
      const { kind, measure, format, ...paging } = query
      const { body } = pageAnswer(await continuity.cases(path.key, { kind, measure: measure ?? null }, pageRequest(paging)))
      const form = format ?? formOf(context.req.header('accept') ?? '')
      return form === 'json' ? { body } : listResponse(context, form, body)
    },
  }),
]
