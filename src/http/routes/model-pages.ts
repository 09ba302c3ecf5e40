import { Reason } from '../../core/define/definitions.ts'
import type { ControlPlane, Reports } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { cannotGoBack, goBack, type GoBackPage } from '../../report/pages/go-back.ts'
import { model } from '../../report/pages/model.ts'
import { modelPage, type ModelPage } from '../../report/view/model.ts'
import type { ChampionView } from '../../core/tell/views.ts'
import type { Pages, Sent, Shown } from '../pages/pages.ts'
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
  const [found, versions, history, watch, alerts, retrains, drills, overview] = await Promise.all([
    control.models.get(key), control.versions.list(key, many), control.champions.history(key, many), reports.watch(key, watchedDays), reports.watchAlerts(key),
    reports.retrains(key), reports.drills(key),
    reports.overview({ show: 'all', model: key, limit: many.limit, before: null }),
  ])
  return modelPage({
    model: found, versions: versions.items, furtherVersions: versions.next !== null, history: history.items, watch, alerts, retrains, drills, experiments: overview.experiments,
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

/** /models/{key}: the champion, its versions and its history; and going back, which asks first. */
export const modelPageRoutes = (deps: ModelDeps): Route[] => [
  deps.pages.show('/models/{key}', 'A model, its champion and its versions', async ({ path, query, reader }) => {
    const key = path['key'] ?? ''
    const page = await read(deps, key)
    return { title: key, content: model(page, reader, query.has('done') ? (page.champion?.version ?? null) : null) }
  }),
  deps.pages.show('/models/{key}/rollback', 'Ask before going back', async ({ path, reader }) => {
    if (!reader.operates) throw new ServiceError('scope_missing', 'this key lacks the scope "operate"')
    return ask({ page: await read(deps, path['key'] ?? ''), reason: '' })
  }),
  deps.pages.submit('/models/{key}/rollback', 'Go back to the champion before', 'operate', (sent) => submitted(deps, sent)),
]
