import { createHash } from 'node:crypto'

/** Does If-None-Match name this tag? Weak ones compare alike. */
export const matches = (header: string | undefined, etag: string): boolean => {
  const plain = (one: string): string => one.trim().replace(/^W\//, '')
  return header !== undefined && (header.trim() === '*' || header.split(',').some((one) => plain(one) === plain(etag)))
}

/** A tag of what JSON says, without fields that differ each time and say nothing new: a weak one, therefore. */
export const weakTag = (said: object): string => `W/"${createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 22)}"`
