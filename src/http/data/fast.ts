import type { Context } from 'hono'
import type { Scope } from '../../deps.ts'
import type { Auth } from '../auth.ts'
import { readText, requireMediaType } from '../body.ts'
import { headersOf } from '../headers.ts'
import { parseJson } from '../json.ts'

const json = ['application/json']
/** One object for every answer: the server reads it, nobody writes to it. */
const headers = { 'content-type': 'application/json' }

/**
 * The short way through a data call: authorise, read, work, answer with ready text. Promises only where there
 * is something to wait for.
 */
export const fastPost = (auth: Auth, scope: Scope, limit: number, work: (body: unknown) => string | Promise<string>) =>
  async (context: Context): Promise<Response> => {
    const header = headersOf(context)
    const authorized = auth.authorize(context, scope, header)
    if (authorized instanceof Promise) await authorized
    requireMediaType(header, json)
    const answer = work(parseJson(await readText(context.req.raw, header, limit)))
    return new Response(typeof answer === 'string' ? answer : await answer, { headers })
  }
