import crypto from 'node:crypto'

/**
 * SHA-256 of bytes, or of a text's UTF-8, as text; `binary` has a byte in each character. Never as a Buffer: making
 * one for each digest costs more than the hashing does.
 */
export type Sha256 = (data: Uint8Array | string, encoding: 'hex' | 'base64url' | 'binary') => string

/** At once where the runtime can; workerd has no one-shot digest. */
export const sha256: Sha256 =
  typeof crypto.hash === 'function'
    ? (data, encoding) => crypto.hash('sha256', data, encoding)
    : (data, encoding) => crypto.createHash('sha256').update(data).digest(encoding)
