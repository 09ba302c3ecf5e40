import type { Scope } from '../deps.ts'

/** What each scope lets a key do. */
export const scopes: Record<Scope, string> = {
  assign: 'ask for assignments and snapshots, report exposures',
  outcome: 'report outcomes',
  read: 'read definitions, reports and the ledger',
  define: 'create models, versions, metrics and experiment drafts',
  operate: 'start, change and stop experiments; switch champions',
  admin: 'manage keys and webhooks',
}

export const scopeNames = Object.keys(scopes) as [Scope, ...Scope[]]
