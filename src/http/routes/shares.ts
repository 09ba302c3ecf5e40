import type { Deps } from '../../deps.ts'
import { invalid } from '../../errors.ts'
import { shareDays, shareForm, shareMade, shareRefused } from '../../report/pages/share.ts'
import { hiddenRoute, type Pages } from '../pages/pages.ts'
import { seeOther } from '../pages/respond.ts'
import { shareCookie } from '../pages/share-cookie.ts'
import type { Route } from '../route.ts'

const DAY_MS = 86_400_000

/** Links by which anybody may read one report for some time: made by who may operate, kept by the reader's browser. */
export const shareRoutes = ({ pages, control, shares, now, log }: { pages: Pages } & Pick<Deps, 'control' | 'shares' | 'now' | 'log'>): Route[] => [
  pages.show('/experiments/{key}/share', 'Share a report', async ({ path: { key = '' }, reader }) => {
    await control.experiments.get(key)
    return { title: `Share the report of ${key}`, content: reader.operates ? shareForm(key) : shareRefused(key) }
  }),
  pages.submit('/experiments/{key}/share', 'Share a report', 'operate', async ({ path: { key = '' }, form, context, principal }) => {
    const days = shareDays.find((one) => String(one) === form.get('days'))
    if (days === undefined) throw invalid('invalid_body', 'days', `expected one of ${shareDays.join(', ')}`)
    await control.experiments.get(key)
    const until = new Date(now() + days * DAY_MS)
    log.info({ experiment: key, by: principal.id, until }, 'a report was shared')
    const link = new URL(`/share/${key}/${shares.sign(key, until.getTime())}`, context.req.url).href
    return { title: `Share the report of ${key}`, content: shareMade(key, link, until) }
  }),
  // the link leaves the address bar at once, so that it does not travel on with what is copied from there
  hiddenRoute('get', '/share/{key}/{share}', 'Follow a shared link', (context) => {
    const { key = '', share = '' } = context.req.param() as Record<string, string>
    const until = shares.verify(share, key, now())
    const path = `/experiments/${encodeURIComponent(key)}`
    return seeOther(path, until === null ? {} : { 'set-cookie': shareCookie(share, path, Math.floor((until - now()) / 1_000), new URL(context.req.url).protocol === 'https:') })
  }),
]
