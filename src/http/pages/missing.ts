import type { Context } from 'hono'
import type { ServiceError } from '../../errors.ts'
import { onlooker } from '../../report/layout.ts'
import { problem } from '../../report/pages/problem.ts'
import { pageResponse } from './respond.ts'

/** How much a type is wanted, 0 to 1, by what Accept says of it in so many words. */
const wanted = (accept: string, type: string): number => {
  const found = accept.split(',').map((part) => part.trim().split(';')).find(([name]) => name?.trim().toLowerCase() === type)
  if (!found) return 0
  const quality = Number(found.slice(1).map((parameter) => /^\s*q=([\d.]+)\s*$/i.exec(parameter)?.[1]).find((value) => value !== undefined) ?? 1)
  return Number.isFinite(quality) ? quality : 0
}

/** Does a browser look for a page, outside of the API? Clients that take anything get JSON, as ever. */
export const wantsPage = ({ req }: Context): boolean => {
  const accept = req.header('accept') ?? ''
  const json = Math.max(wanted(accept, 'application/json'), wanted(accept, 'application/problem+json'))
  return req.method === 'GET' && req.path !== '/api' && !req.path.startsWith('/api/') && wanted(accept, 'text/html') > json
}

/** An address that is none, for people. It repeats nothing of the address. */
export const missingPage = (error: ServiceError, headers: Record<string, string>): Promise<Response> => {
  const title = error.code === 'not_found' ? 'There is nothing here' : 'This address is not a page'
  return pageResponse({ title, content: problem({ title, detail: error.message, code: error.code }), reader: onlooker }, error.status, headers)
}
