import { cookieValue } from '../session.ts'

const COOKIE = 'contender_share'

/** Set-Cookie for a share: kept from scripts and from every page but those of its report. Links elsewhere may lead to it. */
export const shareCookie = (share: string, path: string, seconds: number, secure: boolean): string =>
  `${COOKIE}=${share}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? '; Secure' : ''}`

export const presentedShare = (cookies: string | null): string | null => (cookies === null ? null : cookieValue(cookies, COOKIE))
