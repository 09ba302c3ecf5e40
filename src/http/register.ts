import type { Context, Hono } from 'hono'
import type { Log } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { type Auth, peerOf } from './auth.ts'
import { decode, KB, readText, requireMediaType } from './body.ts'
import type { FastCall } from './data/fast.ts'
import type { ReadHeader } from './headers.ts'
import { headersOf } from './headers.ts'
import { checkJson, parseJson } from './json.ts'
import { problemResponse, toServiceError } from './problem.ts'
import { missingPage, wantsPage } from './pages/missing.ts'
import type { Limiter } from './rate-limit.ts'
import type { Answer, CheckedRoute, Principal, RawRoute, Route } from './route.ts'
import type { RouteStats, Stats } from './stats.ts'
import { parse } from './violations.ts'

const DEFAULT_LIMIT = 64 * KB

export type Surroundings = {
  auth: Auth
  limiter: Limiter
  stats: Stats
  log: Log
  /** Called after a write of the control plane was answered well, before the answer leaves. */
  written(): Promise<void>
}

type AnyChecked = CheckedRoute<undefined, undefined, undefined>

const isRaw = (route: Route): route is RawRoute => 'serve' in route

/** What a thrown thing answers; only what nobody foresaw is logged. */
export const answerError = (error: unknown, log: Log, route: string): Response => {
  const known = toServiceError(error)
  if (known.code === 'internal') log.error({ err: error, route }, 'a request failed')
  return problemResponse(known)
}

const readBody = async (route: Route, context: Context): Promise<unknown> => {
  const header = headersOf(context)
  requireMediaType(header, ['application/json'])
  const body = parseJson(await readText(context.req.raw, header, route.limit ?? DEFAULT_LIMIT))
  checkJson(body, route.rules)
  const meaning = route.definition === true ? 'invalid_definition' : 'invalid_body'
  return parse(route.body!, body, { form: 'invalid_body', meaning })
}

const respond = (answer: Answer): Response => {
  if (answer instanceof Response) return answer
  const { body, headers = {} } = answer
  if (body === undefined) return new Response(null, { status: answer.status ?? 204, headers })
  return new Response(JSON.stringify(body), {
    status: answer.status ?? 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
}

/** Who calls, if they may and not too often. */
const authorize = async ({ auth, limiter }: Surroundings, route: Route, context: Context): Promise<Principal | null> => {
  if (route.scope === 'public') auth.refuseForeign(headersOf(context))
  const principal = route.scope === 'public' ? null : await auth.authorize(context, route.scope)
  await limiter.gateOf(route)?.(principal, peerOf(context))
  return principal
}

const nobody: Principal = { id: 'public', scopes: new Set() }

const serveChecked = async (route: Route, context: Context, surroundings: Surroundings): Promise<Response> => {
  const principal = (await authorize(surroundings, route, context)) ?? nobody
  const pathCodes = { form: 'invalid_path', meaning: 'invalid_path' } as const
  const queryCodes = { form: 'invalid_query', meaning: 'invalid_query' } as const
  const input = {
    path: route.params && parse(route.params, context.req.param(), pathCodes),
    query: route.query && parse(route.query, context.req.query(), queryCodes),
    body: route.body && (await readBody(route, context)),
    principal,
    context,
  }
  const response = respond(await (route as unknown as AnyChecked).handle(input as never))
  // who may only read has written nothing, whatever the method
  if (route.method !== 'get' && route.scope !== 'read' && response.ok) await surroundings.written()
  return response
}

const serveRaw = async (route: RawRoute, context: Context, surroundings: Surroundings): Promise<Response> => {
  const response = await route.serve(context, await authorize(surroundings, route, context))
  if (route.writes === true && response.status < 400) await surroundings.written()
  return response
}

const serve = (route: Route, context: Context, surroundings: Surroundings): Response | Promise<Response> => {
  if (!isRaw(route)) return serveChecked(route, context, surroundings)
  return route.authorizes === true ? route.serve(context, null) : serveRaw(route, context, surroundings)
}

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** @throws {Error} for a route without a scope, so that nothing is ever open by mistake */
const checkDeclared = (route: Route, seen: Set<string>): void => {
  const name = `${route.method} ${route.path}`
  if (!route.scope) throw new Error(`${name} declares no scope; say "public" if everybody may call it`)
  if (seen.has(name)) throw new Error(`${name} is declared twice`)
  seen.add(name)
}

/** A POST that a server may answer before the framework: its JSON, or the document of what is wrong. */
export type HotCall = {
  /** Bytes of a body at most; longer ones go the long way, which refuses them. */
  limit: number
  /** Calls back once, at once where nothing has to be waited for. Never throws. */
  answer(header: ReadHeader, peer: string, body: Uint8Array, reply: (answer: string | Response) => void): void
}

const hotCall = ({ limit, authorize, work }: FastCall, path: string, counted: RouteStats, log: Log): HotCall => ({
  limit,
  answer(header, peer, body, reply) {
    const started = performance.now()
    const end = (answer: string | Response): void => {
      counted.done(typeof answer === 'string' ? 200 : answer.status, performance.now() - started)
      reply(answer)
    }
    const fail = (error: unknown): void => end(answerError(error, log, path))
    let worked: string | Promise<string>
    try {
      const authorized = authorize(header, peer)
      worked = authorized instanceof Promise ? authorized.then(() => work(decode(body))) : work(decode(body))
    } catch (error) {
      return fail(error)
    }
    if (typeof worked === 'string') end(worked)
    else worked.then(end, fail)
  },
})

/**
 * Put every route into the app, each with authorisation, checks, counting and one translator of errors. Answers the
 * calls that may skip the app, by path.
 */
export const register = (app: Hono, routes: readonly Route[], surroundings: Surroundings): Map<string, HotCall> => {
  const { limiter, stats, log } = surroundings
  const seen = new Set<string>()
  const hot = new Map<string, HotCall>()
  for (const declared of routes) {
    checkDeclared(declared, seen)
    const route = limiter.guarded(declared)
    const counted = stats.route(route.method, route.path)
    if (isRaw(route) && route.fast) hot.set(route.path, hotCall(route.fast, route.path, counted, log))
    app.on(route.method.toUpperCase(), honoPath(route.path), async (context) => {
      const started = performance.now()
      let response: Response
      try {
        response = await serve(route, context, surroundings)
      } catch (error) {
        response = answerError(error, log, route.path)
      }
      counted.done(response.status, performance.now() - started)
      return response
    })
  }
  app.notFound(missing(routes))
  app.onError((error) => answerError(error, log, 'unknown'))
  return hot
}

/** 405 and Allow where the path exists with other methods, else 404: a page for browsers, a problem for everybody else. */
const missing = (routes: readonly Route[]): ((context: Context) => Response | Promise<Response>) => {
  const patterns = routes.map(({ method, path }) => ({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))
  const answer = (context: Context, error: ServiceError, extra: Record<string, string> = {}): Response | Promise<Response> =>
    wantsPage(context) ? missingPage(error, { ...extra, vary: 'accept' }) : problemResponse(error, extra)
  return (context) => {
    const methods = patterns.filter(({ pattern }) => pattern.test(context.req.path)).map(({ method }) => method)
    if (methods.length === 0) return answer(context, new ServiceError('not_found', 'there is nothing at this address'))
    const allow = [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].join(', ')
    return answer(context, new ServiceError('method_not_allowed', `this address answers to ${allow}`), { allow })
  }
}
