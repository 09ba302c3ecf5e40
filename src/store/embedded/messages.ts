/** What the main thread asks of the worker. A burst is whole frontend messages; it gets exactly one answer. */
export type Request =
  | { type: 'burst'; session: number; bytes: Uint8Array }
  | { type: 'syncs' }
  | { type: 'close' }

export type Answer =
  | { type: 'ready' }
  | { type: 'answer'; session: number; bytes: Uint8Array }
  | { type: 'syncs'; count: number }
  | { type: 'closed' }

/** Where the worker keeps its files; null: in memory. */
export type WorkerData = { directory: string | null }
