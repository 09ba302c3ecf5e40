import type { Page, PageRequest } from './common.ts'

export type Scope = 'assign' | 'outcome' | 'read' | 'define' | 'operate' | 'admin'

export type KeyView = {
  id: string
  name: string
  scopes: Scope[]
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
}

export type Keys = {
  /** The valid key with this SHA-256 (32 bytes): neither revoked nor expired. Null when there is none. */
  find(hash: Uint8Array): Promise<{ id: string; scopes: Scope[] } | null>
  create(key: { id: string; name: string; hash: Uint8Array; scopes: Scope[]; expiresAt: Date | null }): Promise<KeyView>
  list(page: PageRequest): Promise<Page<KeyView>>
  /** False when there is no such key. */
  revoke(id: string): Promise<boolean>
}
