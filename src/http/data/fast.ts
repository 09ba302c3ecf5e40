import type { Context } from 'hono'
import type { Scope } from '../../deps.ts'
import { type Auth, peerOf } from '../auth.ts'
import { readText, requireMediaType } from '../body.ts'
import { headersOf, type ReadHeader } from '../headers.ts'
import { parseJson } from '../json.ts'
import type { Principal } from '../route.ts'

const json = ['application/json']
/** One object for every answer: the server reads it, nobody writes to it. */
const headers = { 'content-type': 'application/json' }

/**
 * The short way through a data call: authorise, read, work, answer with ready text. Promises only where there
 * is something to wait for.
 */
export type FastCall = {
  /** Bytes of a body at most. */
  limit: number
  /** May this caller? Before the body is read, where it comes piece by piece. */
  authorize(header: ReadHeader, peer: string): Principal | Promise<Principal>
  /** The answer's JSON to a body. */
  work(text: string): string | Promise<string>
}

export const fastCall = (auth: Auth, scope: Scope, limit: number, work: (body: unknown) => string | Promise<string>): FastCall => ({
  limit,
  authorize(header, peer) {
    const authorized = auth.authorizeCaller(scope, header, peer)
    requireMediaType(header, json)
    return authorized
  },
  work: (text) => work(parseJson(text)),
})

/** A fast call behind the framework. */
export const serveFast = ({ limit, authorize, work }: FastCall) => async (context: Context): Promise<Response> => {
  const header = headersOf(context)
  const authorized = authorize(header, peerOf(context))
  if (authorized instanceof Promise) await authorized
  const answer = work(await readText(context.req.raw, header, limit))
  return new Response(typeof answer === 'string' ? answer : await answer, { headers })
}
