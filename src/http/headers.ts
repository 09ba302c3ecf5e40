import type { Context } from 'hono'

/** Reads one header, by its lower-case name; null where it was not sent. */
export type ReadHeader = (name: string) => string | null

type Incoming = { headers: Record<string, string | string[] | undefined> }

/**
 * The headers of a request. On Node they are read where its parser put them, which is ten times cheaper than
 * through the Request; elsewhere from the Request.
 */
export const headersOf = (context: Context): ReadHeader => {
  const incoming = (context.env as { incoming?: Incoming } | undefined)?.incoming
  const parsed = incoming?.headers
  if (!parsed) return (name) => context.req.raw.headers.get(name)
  return (name) => {
    const value = parsed[name]
    return value === undefined ? null : typeof value === 'string' ? value : value.join(', ')
  }
}
