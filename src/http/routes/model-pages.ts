import { Reason } from '../../core/define/definitions.ts'
import type { ControlPlane, Reports } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { acknowledge, nothingToAcknowledge } from '../../report/pages/alerts.ts'
import { cannotGoBack, goBack, type GoBackPage } from '../../report/pages/go-back.ts'
import { model } from '../../report/pages/model.ts'
import { modelPage, type ModelPage } from '../../report/view/model.ts'
import type { ChampionView } from '../../core/tell/views.ts'
import type { Pages, Sent, Shown } from '../pages/pages.ts'
import type { Reader } from '../../report/layout.ts'
import { seeOther } from '../pages/respond.ts'
import type { Route } from '../route.ts'

type ModelDeps = { pages: Pages; control: ControlPlane; reports: Reports; now(): number }

const many = { limit: 200, cursor: null }
const watchedDays = 14

/** An experiment's own entry for the switch is written within this time of it. */
const nearbyMs = 60_000

/** The entry of the ledger that made the champion; null where no experiment did. */
const decisionOf = async ({ control }: ModelDeps, latest: ChampionView | undefined): Promise<number | null> => {
  if (!latest || latest.experiment === null) return null
  const { items } = await control.experiments.decisions(latest.experiment, many)
  const far = (at: string): number => Math.abs(Date.parse(at) - Date.parse(latest.at))
  const [nearest] = items.filter(({ status, at }) => status === 'applied' && far(at) < nearbyMs).toSorted((a, b) => far(a.at) - far(b.at))
  return nearest?.id ?? null
}

const read = async (deps: ModelDeps, key: string): Promise<ModelPage> => {
  const { control, reports } = deps
  const [found, versions, history, watch, alerts, unwatched, retrains, drills, overview] = await Promise.all([
    control.models.get(key), control.versions.list(key, many), control.champions.history(key, many), reports.watch(key, watchedDays), reports.watchAlerts(key),
    reports.unwatched(key), reports.retrains(key), reports.drills(key),
    reports.overview({ show: 'all', model: key, limit: many.limit, before: null }),
  ])
  return modelPage({
    model: found, versions: versions.items, furtherVersions: versions.next !== null, history: history.items,
    watch, alerts, unwatched, retrains, drills, experiments: overview.experiments,
    decision: await decisionOf(deps, history.items[0]),
  }, deps.now())
}

const ask = (parts: GoBackPage, status = 200): Shown => {
  const asked = goBack(parts)
  return asked ? { ...asked, status } : { title: 'There is nothing to go back to', content: cannotGoBack(parts.page), status: 409 }
}

const submitted = async (deps: ModelDeps, { path, form, principal }: Sent): Promise<Shown> => {
  const key = path['key'] ?? ''
  const [reason, to, champion, seen] = [form.get('reason') ?? '', form.get('to') ?? '', form.get('champion') ?? '', Number(form.get('seen'))]
  const page = await read(deps, key)
  const { target } = page
  const askAgain = (now: ModelPage): Shown => ask({ page: now, reason, lost: { champion, to } }, 409)
  if ('nowhere' in target || target.seen !== seen || target.version !== to) return askAgain(page)
  const why = Reason.safeParse(reason)
  if (!why.success) return ask({ page, reason, problem: 'Say why, in words.' }, 422)
  try {
    const done = await deps.control.champions.rollback(key, why.data, principal.id, seen)
    return seeOther(`/models/${key}?done=${done.seq}`)
  } catch (error) {
    if (error instanceof ServiceError && (error.code === 'stale' || error.code === 'conflict')) return askAgain(await read(deps, key))
    throw error
  }
}

const waiting = ({ alerts }: ModelPage): string[] => alerts.flatMap(({ name, seen }) => (seen === null ? [name] : []))

const askToAcknowledge = async (deps: ModelDeps, key: string, kept: { reason: string; problem?: string; changed?: boolean }, status = 200): Promise<Shown> => {
  const page = await read(deps, key)
  if (waiting(page).length === 0) return { title: 'Nothing waits for you', content: nothingToAcknowledge(key), status: 409 }
  return { title: `Acknowledge what ${key} alarms?`, content: acknowledge({ page, ...kept }), status }
}

const acknowledged = async (deps: ModelDeps, { path, form, principal }: Sent): Promise<Shown> => {
  const [key, reason] = [path['key'] ?? '', form.get('reason') ?? '']
  const why = Reason.safeParse(reason)
  if (!why.success) return askToAcknowledge(deps, key, { reason, problem: 'Say why, in words.' }, 422)
  try {
    await deps.control.champions.acknowledge(key, { reason: why.data }, principal.id, form.getAll('seen'))
  } catch (error) {
    if (error instanceof ServiceError && (error.code === 'stale' || error.code === 'conflict')) return askToAcknowledge(deps, key, { reason, changed: true }, 409)
    throw error
  }
  return seeOther(`/models/${key}`)
}

const requireOperator = ({ operates }: Reader): void => {
  if (!operates) throw new ServiceError('scope_missing', 'this key lacks the scope "operate"')
}

/** /models/{key}: the champion, its versions and its history; going back, and acknowledging what its watch alarms, which ask first. */
export const modelPageRoutes = (deps: ModelDeps): Route[] => [
  deps.pages.show('/models/{key}', 'A model, its champion and its versions', async ({ path, query, reader }) => {
    const key = path['key'] ?? ''
    const page = await read(deps, key)
    return { title: key, content: model(page, reader, query.has('done') ? (page.champion?.version ?? null) : null) }
  }),
  deps.pages.show('/models/{key}/rollback', 'Ask before going back', async ({ path, reader }) => {
    requireOperator(reader)
    return ask({ page: await read(deps, path['key'] ?? ''), reason: '' })
  }),
  deps.pages.submit('/models/{key}/rollback', 'Go back to the champion before', 'operate', (sent) => submitted(deps, sent)),
  deps.pages.show('/models/{key}/acknowledge', 'Ask before alerts are acknowledged', ({ path, reader }) => {
    requireOperator(reader)
    return askToAcknowledge(deps, path['key'] ?? '', { reason: '' })
  }),
  deps.pages.submit('/models/{key}/acknowledge', 'Acknowledge what the watch alarms', 'operate', (sent) => acknowledged(deps, sent)),
]
