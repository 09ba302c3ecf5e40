import type { ControlPlane } from '../../deps.ts'
import { closest } from '../../core/define/closest.ts'
import { dialogScript } from '../../report/dialog.ts'
import { onlooker } from '../../report/layout.ts'
import { newsScript } from '../../report/news.ts'
import { reportScript } from '../../report/report-script.ts'
import { chartScript } from '../../report/script.ts'
import { howToRead } from '../../report/pages/how-to-read.ts'
import { style } from '../../report/style/style.ts'
import { docs } from '../pages/docs.ts'
import { hiddenRoute, type Near } from '../pages/pages.ts'
import { assetResponse, pageResponse } from '../pages/respond.ts'
import type { OpenApi } from '../openapi.ts'
import type { Route } from '../route.ts'

/** Each part ends its last statement, so that the next may begin with whatever it likes. */
const script = [newsScript, dialogScript, chartScript, reportScript].join('\n;\n')

const shown = { limit: 200, cursor: null }

/** Of the newest experiments or models, the one whose key resembles this most. */
export const nearKeys = (control: Pick<ControlPlane, 'experiments' | 'models'>): Near => async (code, key) => {
  const kind = code === 'experiment_not_found' ? 'experiments' : code === 'model_not_found' ? 'models' : null
  if (kind === null) return []
  const { items } = await control[kind].list(shown)
  const found = closest(key, items.map((item) => item.key))
  return found === null ? [] : [{ key: found, path: `/${kind}/${found}` }]
}

/** The documentation of the API, how to read reports, and the files that pages use. */
export const pageRoutes = ({ document }: { document: () => OpenApi }): Route[] => [
  hiddenRoute('get', '/docs', 'The API for people', () => pageResponse({ title: 'API', content: docs(document()), reader: onlooker })),
  hiddenRoute('get', '/how-to-read', 'How to read a report', () => pageResponse({ title: 'How to read a report', content: howToRead(), reader: onlooker })),
  hiddenRoute('get', '/openapi.json', 'The API for machines', () => Response.json(document())),
  hiddenRoute('get', '/style.css', 'The stylesheet', () => assetResponse(style, 'text/css')),
  hiddenRoute('get', '/page.js', 'The script of pages', () => assetResponse(script, 'text/javascript')),
]
