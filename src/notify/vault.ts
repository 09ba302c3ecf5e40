import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/** Keeps secrets, as those of webhooks, from whoever reads alone what they are stored in. */
export type Vault = {
  seal(secret: string): string
  /** `current` is false when it should be sealed anew. Null when no key at hand opens it. */
  open(sealed: string): { secret: string; current: boolean } | null
}

type Key = { id: string; bytes: Buffer }

const keyOf = (secret: string, purpose: string): Key => {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  return { bytes, id: createHash('sha256').update(bytes).digest('base64url').slice(0, 6) }
}

const seal = ({ id, bytes }: Key, text: string): string => {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', bytes, iv)
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `aes.${id}.${sealed.toString('base64url')}`
}

const open = ({ bytes }: Key, sealed: Buffer): string | null => {
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, sealed.subarray(0, 12))
    decipher.setAuthTag(sealed.subarray(-16))
    return decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null
  }
}

/**
 * AES-256-GCM with keys drawn from the secrets of the configuration: the first seals, all open. Without any, secrets
 * are kept as they are, since whatever key we had would lie beside them.
 *
 * @param purpose what is sealed for one purpose does not open for another
 */
export const createVault = (secrets: readonly string[] | null, purpose = 'contender webhook secrets'): Vault => {
  const keys = (secrets ?? []).map((secret) => keyOf(secret, purpose))
  const [first] = keys
  return {
    seal: (secret) => (first ? seal(first, secret) : `plain.${secret}`),
    open(text) {
      const [kind, id, sealed] = text.split('.')
      if (kind === 'plain') return { secret: text.slice('plain.'.length), current: first === undefined }
      const key = keys.find((one) => one.id === id)
      const secret = key && sealed ? open(key, Buffer.from(sealed, 'base64url')) : null
      return secret === null ? null : { secret, current: key === first }
    },
  }
}
