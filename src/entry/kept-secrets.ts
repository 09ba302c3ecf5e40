import { createVault } from '../notify/vault.ts'
import type { KeptFiles } from './kept-files.ts'

const NAME = 'secrets'

type ReadSecret = (key: string) => Promise<string>

/**
 * The secrets that the database keeps, and while it is away those that it last told this node: sealed by the database's
 * URL, password included, so that a copy of the directory alone opens nothing.
 */
export const keepSecrets = (read: ReadSecret, files: KeptFiles, databaseUrl: string): ReadSecret => {
  const vault = createVault([databaseUrl], 'contender kept secrets')
  const kept = { ...files.read(NAME) as Record<string, string> | null }
  return async (key) => {
    try {
      const secret = await read(key)
      const before = kept[key]
      if (before === undefined || vault.open(before)?.secret !== secret) {
        kept[key] = vault.seal(secret)
        files.write(NAME, kept)
      }
      return secret
    } catch (error) {
      const secret = vault.open(kept[key] ?? '')?.secret
      if (secret === undefined) throw error
      return secret
    }
  }
}
