import type { Context } from 'hono'
import type { ControlPlane } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { type Auth, peerOf } from '../auth.ts'
import { KB, readText, requireMediaType } from '../body.ts'
import { headersOf } from '../headers.ts'
import { docs } from '../pages/docs.ts'
import { home, keyForm } from '../pages/home.ts'
import { pageHeaders, pageResponse } from '../pages/layout.ts'
import { style } from '../pages/style.ts'
import type { OpenApi } from '../openapi.ts'
import { rawRoute, type Route } from '../route.ts'
import { endedSessionCookie, isKey, sessionCookie } from '../session.ts'

const tag = 'Pages'
const FORM = 'application/x-www-form-urlencoded'
const shown = { limit: 200, cursor: null }

const needsKey = (error: unknown): boolean =>
  error instanceof ServiceError && (error.code === 'unauthenticated' || error.code === 'scope_missing')

/** Show a page to who may read, else the form for a key. */
const forReaders = (auth: Auth, show: (context: Context) => Promise<Response>) => async (context: Context): Promise<Response> => {
  try {
    await auth.authorize(context, 'read')
  } catch (error) {
    if (!needsKey(error)) throw error
    return pageResponse('Key needed', keyForm(context.req.header('cookie') !== undefined), 401)
  }
  return show(context)
}

/** A form of ours, sent from a page of ours. */
const requireOwnOrigin = (context: Context): void => {
  const origin = context.req.header('origin')
  const own = context.req.header('host') ?? new URL(context.req.url).host
  const foreign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== own)
  const site = context.req.header('sec-fetch-site')
  if (foreign || (site !== undefined && site !== 'same-origin')) throw new ServiceError('cross_site', 'this form was sent from another site')
}

/** Try a key; when it reads, keep it in a cookie that scripts can not see and other sites can not use. */
const openSession = (auth: Auth) => async (context: Context): Promise<Response> => {
  requireOwnOrigin(context)
  const { raw } = context.req
  const header = headersOf(context)
  requireMediaType(header, [FORM])
  const key = new URLSearchParams(await readText(raw, header, 4 * KB)).get('key')?.trim() ?? ''
  auth.refuseForeign(header)
  try {
    await auth.check(isKey(key) ? key : null, 'read', peerOf(context))
  } catch (error) {
    if (!needsKey(error)) throw error
    return pageResponse('Key needed', keyForm(true), 401)
  }
  const cookie = sessionCookie(key, new URL(raw.url).protocol === 'https:')
  return new Response(null, { status: 303, headers: { location: '/', 'set-cookie': cookie } })
}

type PageDeps = { auth: Auth; control: ControlPlane; document: () => OpenApi }

const page = (method: 'get' | 'post', path: string, summary: string, serve: (context: Context) => Promise<Response> | Response): Route =>
  rawRoute({ method, path, scope: 'public', tag, summary, hidden: true, responses: { 200: { description: 'a page' } }, serve })

/** Pages for people. */
export const pageRoutes = ({ auth, control, document }: PageDeps): Route[] => [
  page('get', '/', 'Experiments and models', forReaders(auth, async () => {
    const [experiments, models] = await Promise.all([control.experiments.list(shown), control.models.list(shown)])
    return pageResponse('Experiments', home(experiments.items, models.items))
  })),
  page('post', '/session', 'Hand in a key', openSession(auth)),
  page('post', '/session/end', 'Forget the key', (context) => {
    requireOwnOrigin(context)
    return new Response(null, { status: 303, headers: { location: '/', 'set-cookie': endedSessionCookie } })
  }),
  page('get', '/docs', 'The API for people', () => pageResponse('API', docs(document()))),
  page('get', '/openapi.json', 'The API for machines', () => Response.json(document())),
  page('get', '/style.css', 'The stylesheet', () =>
    new Response(style, { headers: { ...pageHeaders, 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' } })),
]
