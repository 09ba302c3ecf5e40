import { shownKinds, type ShownKind } from '../../core/tell/overview.ts'
import { Key } from '../../core/define/definitions.ts'
import type { Deps } from '../../deps.ts'
import { home } from '../../report/pages/home.ts'
import { overviewPage } from '../../report/view/overview.ts'
import type { Pages } from '../pages/pages.ts'
import type { Route } from '../route.ts'

/** Experiments on one page. */
const limit = 200

const showOf = (text: string | null): ShownKind => shownKinds.find((kind) => kind === text) ?? 'all'

/** The overview: what needs a person, experiments, models. */
export const homeRoutes = ({ pages, reports, now }: { pages: Pages } & Pick<Deps, 'reports' | 'now'>): Route[] => [
  pages.show('/', 'Experiments and models', async ({ query, context, reader }) => {
    const model = Key.safeParse(query.get('model'))
    const ask = { show: showOf(query.get('show')), model: model.success ? model.data : null, limit, before: query.get('before') }
    const page = overviewPage(await reports.overview(ask), ask, now())
    return { title: page.title, content: home(page, new URL(context.req.url).origin, reader) }
  }),
]
