import { page, type PageParts } from '../../report/layout.ts'

const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "connect-src 'self'", "form-action 'self'",
  "base-uri 'none'", "frame-ancestors 'none'",
].join('; ')

/** Headers of every page: nothing from elsewhere, nothing inline, no framing, no guessing. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  // nothing to other sites; with no-referrer browsers would send our own forms with the origin "null"
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** The answer that shows a page. */
export const pageResponse = async (parts: PageParts, status = 200, headers: Record<string, string> = {}): Promise<Response> =>
  new Response(String(await page(parts)), { status, headers: { ...pageHeaders, ...headers } })

/** A file that pages use: the stylesheet, the script. */
export const assetResponse = (content: string, type: string): Response =>
  new Response(content, { headers: { ...pageHeaders, 'content-type': `${type}; charset=utf-8`, 'cache-control': 'max-age=300' } })

/** After a form: go there with GET. Only paths of ours. */
export const seeOther = (path: string, headers: Record<string, string> = {}): Response =>
  new Response(null, { status: 303, headers: { location: ownPath(path), ...headers } })

/** A path of this service, else the overview: an address in a form must not lead elsewhere. */
export const ownPath = (path: string): string => (/^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : '/')
