import { standInsFor } from '../../core/breaker/stand-in.ts'
import { Action, ActionName } from '../../core/define/definitions.ts'
import type { ControlPlane, Log, Reports } from '../../deps.ts'
import { type ErrorCode, ServiceError } from '../../errors.ts'
import { act, type ActPage, cannotAct, type Kept } from '../../report/pages/act.ts'
import { consequences, refusalOf } from '../../report/view/consequences.ts'
import { hasChanged, readShown, type Shown, shownOf, type Standing } from '../../report/view/standing.ts'
import type { Pages, Sent, Shown as Page } from '../pages/pages.ts'
import { seeOther } from '../pages/respond.ts'
import type { Route } from '../route.ts'
import { parse } from '../violations.ts'

type ActDeps = { pages: Pages; control: ControlPlane; reports: Reports; log: Log }

const actionOf = (name = ''): ActionName => {
  const { success, data } = ActionName.safeParse(name)
  if (!success) throw new ServiceError('not_found', `there is no action "${name}"`)
  return data
}

/** What can be said on the page that asks; everything else is told as any page that failed. */
const told = new Set<ErrorCode>([
  'conflict', 'illegal_transition', 'version_locked', 'checks_missing', 'not_ready', 'stale', 'layer_overlap', 'invalid_definition', 'invalid_body', 'invalid_text',
])

/** Longest lists that are looked through for a version's lock or a post-mortem. */
const many = { limit: 200, cursor: null }

/** What a person has to know before acting. A report that cannot be made stands in nobody's way. */
const readStanding = async ({ control, reports, log }: ActDeps, key: string): Promise<Standing> => {
  const experiment = await control.experiments.get(key)
  const [report, model, history, versions, postMortems] = await Promise.all([
    reports.current(key).catch((error: unknown) => {
      log.warn({ err: error, experiment: key }, 'asking before an action without a report')
      return null
    }),
    control.models.get(experiment.model),
    control.champions.history(experiment.model, many),
    control.versions.list(experiment.model, many),
    control.postMortems.list(many, true),
  ])
  const { champion, fallbacks } = model
  const named = experiment.fallbacks ?? fallbacks
  const locks = versions.items.flatMap(({ version, lock }) => (lock ? [{ version, ...lock }] : []))
  return {
    experiment, report, champion,
    before: history.items.find((one) => one.experiment === key && one.version === champion)?.previous ?? null,
    locks,
    openPostMortems: postMortems.items.filter((one) => one.experiment === key).length,
    standIns: {
      named,
      versions: standInsFor({ named, state: experiment.state, champion, history: history.items.toReversed(), locked: new Set(locks.map(({ version }) => version)) }),
    },
  }
}

const pageOf = (parts: Omit<ActPage, 'consequences'>, status = 200): Page => {
  const { standing, action } = parts
  const told = consequences(standing, action)
  return { title: `${told.title}?`, content: act({ ...parts, consequences: told }), status }
}

const refused = (standing: Standing, why: string): Page => ({ title: 'This cannot be done now', content: cannotAct(standing, why), status: 409 })

const nothing: Kept = { variant: null, reason: '' }

/** Asked for with what was seen, when it is otherwise by now: both are shown, and it is asked again. */
const askAgain = async (deps: ActDeps, standing: Standing, action: ActionName, kept: Kept, seen: Shown): Promise<Page> => {
  const { items: [last = null] } = await deps.control.experiments.decisions(standing.experiment.key, { limit: 1, cursor: null })
  const why = refusalOf(standing, action)
  return why === null ? pageOf({ standing, action, kept, lost: { seen, last } }, 409) : refused(standing, `${why} Somebody was faster: ${last ? `${last.actor}, ${last.action}. ${last.reason}` : ''}`)
}

const fieldOf = (error: ServiceError): 'reason' | 'variant' | null => {
  const path = error.violations[0]?.path
  return path === 'reason' || path === 'variant' ? path : null
}

const submitted = async (deps: ActDeps, { path, form, principal }: Sent): Promise<Page> => {
  const [key, action] = [path['key'] ?? '', actionOf(path['action'])]
  const standing = await readStanding(deps, key)
  const kept: Kept = { variant: form.get('variant'), reason: form.get('reason') ?? '' }
  const [seen, now] = [readShown(form), shownOf(standing)]
  if (seen === null || hasChanged(seen, now)) return askAgain(deps, standing, action, kept, seen ?? now)
  const why = refusalOf(standing, action)
  if (why !== null) return refused(standing, why)

  const { choices } = consequences(standing, action)
  const ask = (text: string, field: 'reason' | 'variant' | null, status: number): Page =>
    pageOf({ standing, action, kept, problem: { text, field } }, status)
  if (choices.length > 0 && !choices.some(({ value }) => value === kept.variant)) return ask('Choose one: nothing is chosen for you.', 'variant', 422)
  try {
    const wish = parse(Action, { action, reason: kept.reason, ...(kept.variant ? { variant: kept.variant } : {}) }, { form: 'invalid_body', meaning: 'invalid_body' })
    const done = await deps.control.experiments.act(key, wish, principal.id)
    return seeOther(`/experiments/${key}${done.decision === null ? '' : `?done=${done.decision}`}`)
  } catch (error) {
    if (!(error instanceof ServiceError) || !told.has(error.code)) throw error
    if (error.code === 'stale') return askAgain(deps, await readStanding(deps, key), action, kept, seen)
    const field = fieldOf(error)
    return ask(field === 'reason' ? 'Say why, in words.' : `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`, field, error.status)
  }
}

/** /experiments/{key}/act/{action}: asks before something is done, and does it. */
export const actRoutes = (deps: ActDeps): Route[] => [
  deps.pages.show('/experiments/{key}/act/{action}', 'Ask before something is done', async ({ path, reader }) => {
    if (!reader.operates) throw new ServiceError('scope_missing', 'this key lacks the scope "operate"')
    const action = actionOf(path['action'])
    const standing = await readStanding(deps, path['key'] ?? '')
    const why = refusalOf(standing, action)
    return why === null ? pageOf({ standing, action, kept: nothing }) : refused(standing, why)
  }),
  deps.pages.submit('/experiments/{key}/act/{action}', 'Do it', 'operate', (sent) => submitted(deps, sent)),
]
