import type { Context } from 'hono'
import { onlooker } from '../../report/layout.ts'
import { signIn } from '../../report/pages/sign-in.ts'
import { type Auth, peerOf } from '../auth.ts'
import { KB } from '../body.ts'
import { headersOf } from '../headers.ts'
import { hiddenRoute, needsKey, readForm, requireOwnOrigin } from '../pages/pages.ts'
import { ownPath, pageResponse, seeOther } from '../pages/respond.ts'
import type { Route } from '../route.ts'
import { endedSessionCookie, isKey, sessionCookie } from '../session.ts'

/** Try a key; when it reads, keep it in a cookie that scripts can not see and other sites can not use. */
const openSession = (auth: Auth) => async (context: Context): Promise<Response> => {
  const form = await readForm(context, 8 * KB)
  const key = form.get('key')?.trim() ?? ''
  const next = ownPath(form.get('next') ?? '/')
  auth.refuseForeign(headersOf(context))
  try {
    await auth.check(isKey(key) ? key : null, 'read', peerOf(context))
  } catch (error) {
    if (!needsKey(error)) throw error
    return pageResponse({ title: 'Key needed', content: signIn(true, next), reader: onlooker }, 401)
  }
  return seeOther(next, { 'set-cookie': sessionCookie(key, new URL(context.req.url).protocol === 'https:') })
}

/** Signing in and out of the pages. */
export const sessionRoutes = (auth: Auth): Route[] => [
  hiddenRoute('post', '/session', 'Hand in a key', openSession(auth)),
  hiddenRoute('post', '/session/end', 'Forget the key', (context) => {
    requireOwnOrigin(context)
    return seeOther('/', { 'set-cookie': endedSessionCookie })
  }),
]
