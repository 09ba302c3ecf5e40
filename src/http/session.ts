import type { ReadHeader } from './headers.ts'

const COOKIE = 'contender_key'
const SESSION_SECONDS = 12 * 3_600

/** Keys are printable ASCII without spaces; anything longer than this is none. */
const LONGEST_KEY = 512

/** A cookie of a request; null when it sent none of this name. */
export const cookieValue = (header: string, name: string): string | null => {
  for (const part of header.split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name && value !== undefined) return value
  }
  return null
}

export const isKey = (text: string): boolean => text.length <= LONGEST_KEY && /^[\x21-\x7e]+$/.test(text)

/** The key of a request: from Authorization, else from the session cookie of the pages. */
export const presentedKey = (header: ReadHeader): string | null => {
  const authorization = header('authorization')
  if (authorization !== null) {
    const match = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)
    return match && isKey(match[1]!) ? match[1]! : null
  }
  const cookies = header('cookie')
  const value = cookies === null ? null : cookieValue(cookies, COOKIE)
  if (value === null || value === '') return null
  const key = Buffer.from(value, 'base64url').toString('latin1')
  return isKey(key) ? key : null
}

/** Set-Cookie for a session; scripts can not read it, and other sites' requests do not carry it. */
export const sessionCookie = (key: string, secure: boolean): string =>
  `${COOKIE}=${Buffer.from(key, 'latin1').toString('base64url')}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${SESSION_SECONDS}` +
  (secure ? '; Secure' : '')

export const endedSessionCookie = `${COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`
