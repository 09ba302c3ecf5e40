import type { Context } from 'hono'
import type { z } from 'zod'
import type { Scope } from '../deps.ts'
import { type FastCall, serveFast } from './data/fast.ts'

/** Who asks. `id` goes into the ledger. */
export type Principal = { readonly id: string; readonly scopes: ReadonlySet<Scope> }

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** What a handler gives back; an absent body answers 204. */
export type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | Response

type Output<T> = T extends z.ZodType ? z.output<T> : undefined

export type Input<P, Q, B> = {
  readonly path: Output<P>
  readonly query: Output<Q>
  readonly body: Output<B>
  readonly principal: Principal
  readonly context: Context
}

export type Documented = { description: string; schema?: z.ZodType; type?: string }

export type RouteShape<P, Q, B> = {
  method: Method
  /** As OpenAPI writes it: `/api/models/{key}`. */
  path: string
  /** `public` needs no key. There is no default: a route without a scope does not compile. */
  scope: Scope | 'public'
  tag: string
  summary: string
  description?: string
  params?: P
  query?: Q
  body?: B
  /** Bytes of the body; default 64 KB. */
  limit?: number
  /** The body is a definition: values out of range are 422 `invalid_definition`, not 400. */
  definition?: boolean
  /** Top-level fields that hold a rule, which may be nested deeper than data. */
  rules?: readonly string[]
  /** The first entry is the answer of success. */
  responses: Record<number, Documented>
}

/** A route whose input was checked before `handle` sees it. */
export type CheckedRoute<P = unknown, Q = unknown, B = unknown> = RouteShape<P, Q, B> & {
  handle(input: Input<P, Q, B>): Promise<Answer> | Answer
}

/** A route that reads its request itself: the fast ones, pages and streams. */
export type RawRoute = RouteShape<z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined> & {
  /** Other content types that it reads. */
  alsoReads?: Record<string, string>
  /** It checks the scope itself, before anything else. */
  authorizes?: boolean
  /** The same call for a server that can answer it before the framework. */
  fast?: FastCall
  /** It writes as calls of the control plane do: what was written is served here at once. */
  writes?: boolean
  /** Not listed in the OpenAPI document: pages for people. */
  hidden?: boolean
  serve(context: Context, principal: Principal | null): Promise<Response> | Response
}

export type Route = CheckedRoute<z.ZodObject | undefined, z.ZodObject | undefined, z.ZodType | undefined> | RawRoute

/** Declare a route; types of the handler's input come from its schemas. */
export const route = <
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  definition: CheckedRoute<P, Q, B>,
): Route => definition as unknown as Route

export const rawRoute = (definition: RawRoute): Route => definition

/** A route that is nothing but a fast call. */
export const fastRoute = (definition: Omit<RawRoute, 'serve' | 'authorizes'> & { fast: FastCall }): Route => ({
  ...definition,
  authorizes: true,
  serve: serveFast(definition.fast),
})
