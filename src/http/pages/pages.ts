import type { Context } from 'hono'
import type { Deps, Log, Scope } from '../../deps.ts'
import { isRehearsal } from '../../core/drills/keys.ts'
import { type ErrorCode, ServiceError } from '../../errors.ts'
import { onlooker, type PageParts, type Reader } from '../../report/layout.ts'
import { problem } from '../../report/pages/problem.ts'
import { signIn } from '../../report/pages/sign-in.ts'
import type { Auth } from '../auth.ts'
import { KB, readText, requireMediaType } from '../body.ts'
import { headersOf } from '../headers.ts'
import { toServiceError } from '../problem.ts'
import { type Principal, rawRoute, type Route } from '../route.ts'
import { presentedKey } from '../session.ts'
import { pageResponse } from './respond.ts'
import { presentedShare } from './share-cookie.ts'

export const FORM = 'application/x-www-form-urlencoded'
const LARGEST_FORM = 256 * KB

/** A request for a page, by somebody who may read it. */
export type Asked = {
  context: Context
  principal: Principal
  reader: Reader
  /** Parameters of the path. */
  path: Record<string, string>
  query: URLSearchParams
}
/** A form that was sent from a page of ours, by somebody who may do what it asks for. */
export type Sent = Asked & { form: URLSearchParams }

/** What a page answers: its parts, or a whole response. */
export type Shown = (Omit<PageParts, 'reader'> & { status?: number; headers?: Record<string, string> }) | Response

/** Keys that exist and resemble one that does not, for a page that was not found. */
export type Near = (code: ErrorCode, key: string) => Promise<{ key: string; path: string }[]>

export type Pages = {
  /** A page for who may `read`; others get the form for a key. */
  show(path: string, summary: string, render: (asked: Asked) => Promise<Shown> | Shown): Route
  /** A page of one experiment, `{key}` in its path, that somebody with a share of it may see, too. */
  shared: Pages['show']
  /** A form of a page; needs this scope, and the origin of this service. */
  submit(path: string, summary: string, scope: Scope, work: (sent: Sent) => Promise<Shown> | Shown): Route
}

const tag = 'Pages'

export const hiddenRoute = (method: 'get' | 'post', path: string, summary: string, serve: (context: Context) => Promise<Response> | Response): Route =>
  rawRoute({ method, path, scope: 'public', tag, summary, hidden: true, responses: { 200: { description: 'a page' } }, serve })

/** A form of ours, sent from a page of ours. @throws {ServiceError} cross_site */
export const requireOwnOrigin = (context: Context): void => {
  const origin = context.req.header('origin')
  const own = context.req.header('host') ?? new URL(context.req.url).host
  const foreign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== own)
  const site = context.req.header('sec-fetch-site')
  if (foreign || (site !== undefined && site !== 'same-origin')) throw new ServiceError('cross_site', 'this form was sent from another site')
}

/** The fields of a form. @throws {ServiceError} cross_site, unsupported_media_type, too_large */
export const readForm = async (context: Context, limit = LARGEST_FORM): Promise<URLSearchParams> => {
  requireOwnOrigin(context)
  const header = headersOf(context)
  requireMediaType(header, [FORM])
  return new URLSearchParams(await readText(context.req.raw, header, limit))
}

export const needsKey = (error: unknown): boolean =>
  error instanceof ServiceError && (error.code === 'unauthenticated' || error.code === 'scope_missing')

const readerOf = (context: Context, principal: Principal): Reader => ({
  signedIn: principal.id !== 'local' && principal !== guest && presentedKey(headersOf(context)) !== null,
  operates: principal.scopes.has('operate'),
  defines: principal.scopes.has('define'),
})

/** Whoever followed a shared link. */
const guest: Principal = Object.freeze({ id: 'guest', scopes: new Set<Scope>(['read']) })
export const isGuest = (principal: Principal): boolean => principal === guest

const titles: Partial<Record<ErrorCode, string>> = {
  experiment_not_found: 'There is no such experiment',
  model_not_found: 'There is no such model',
  not_found: 'There is nothing here',
  scope_missing: 'This key may not do that',
  cross_site: 'This form came from elsewhere',
  unavailable: 'The database does not answer',
  internal: 'Something went wrong',
  rate_limited: 'Too many calls',
}

const askedPath = ({ req }: Context): string => `${req.path}${new URL(req.url).search}`

/** Routes of pages: who may not read is asked for a key, and what fails is told in a page. */
export const createPages = ({ auth, log, near, shares, now }: { auth: Auth; log: Log; near: Near } & Pick<Deps, 'shares' | 'now'>): Pages => {
  const failed = async (context: Context, error: unknown): Promise<Response> => {
    const known = toServiceError(error)
    if (known.code === 'internal') log.error({ err: error, route: context.req.path }, 'a page failed')
    const suggestions = known.code.endsWith('_not_found') ? await near(known.code, context.req.param('key') ?? '').catch(() => []) : []
    const title = titles[known.code] ?? 'This did not work'
    const again = known.code === 'unavailable' || known.code === 'internal' || known.code === 'rate_limited'
    const content = problem({
      title, detail: known.message, code: known.code, near: suggestions, ...(again && context.req.method === 'GET' ? { retry: askedPath(context) } : {}),
    })
    const headers: Record<string, string> = known.retryAfterSeconds === undefined ? {} : { 'retry-after': String(known.retryAfterSeconds) }
    return pageResponse({ title, content, reader: onlooker }, known.status, headers)
  }

  const answer = async (shown: Shown, reader: Reader): Promise<Response> => {
    if (shown instanceof Response) return shown
    const { status, headers, ...parts } = shown
    return pageResponse({ ...parts, reader }, status, headers)
  }

  const askedOf = (context: Context, principal: Principal): Asked => {
    const key = context.req.param('key') ?? null
    if (isRehearsal(key)) throw new ServiceError('not_found', `there is no "${key}"`)
    return {
      context, principal, reader: readerOf(context, principal), path: context.req.param() as Record<string, string>, query: new URL(context.req.url).searchParams,
    }
  }

  /** Who reads: the holder of a key, else of a share of this very experiment. */
  const readingOf = async (context: Context, shared: boolean): Promise<Principal> => {
    try {
      return await auth.authorize(context, 'read')
    } catch (error) {
      const share = shared && needsKey(error) ? presentedShare(headersOf(context)('cookie')) : null
      if (share === null || shares.verify(share, context.req.param('key') ?? '', now()) === null) throw error
      return guest
    }
  }

  const askForKey = (context: Context): Promise<Response> => {
    const content = signIn(presentedKey(headersOf(context)) !== null, askedPath(context))
    return pageResponse({ title: 'Key needed', content, reader: onlooker }, 401)
  }

  const shown = (shared: boolean): Pages['show'] => (path, summary, render) => hiddenRoute('get', path, summary, async (context) => {
    try {
      let principal: Principal
      try {
        principal = await readingOf(context, shared)
      } catch (error) {
        if (!needsKey(error)) throw error
        return await askForKey(context)
      }
      const asked = askedOf(context, principal)
      return await answer(await render(asked), asked.reader)
    } catch (error) {
      // whoever reads may still lack the scope of one page: another key would not be asked for, but told
      return failed(context, error)
    }
  })

  return {
    show: shown(false),
    shared: shown(true),
    submit: (path, summary, scope, work) => rawRoute({
      method: 'post', path, scope: 'public', tag, summary, hidden: true, writes: true, responses: { 303: { description: 'done' } },
      serve: async (context) => {
        try {
          const form = await readForm(context)
          const asked = askedOf(context, await auth.authorize(context, scope))
          return await answer(await work({ ...asked, form }), asked.reader)
        } catch (error) {
          return failed(context, error)
        }
      },
    }),
  }
}
