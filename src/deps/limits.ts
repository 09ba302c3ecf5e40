/** Calls of one key, or one address without a key: so many a second in the long run, `burst` of them at once. */
export type RateLimit = { perSecond: number; burst: number }

/** Routes that share a limit. */
export type LimitedGroup = 'assign' | 'outcome' | 'api' | 'pages' | 'session'

/** Null where calls are not limited. */
export type RateLimits = Record<LimitedGroup, RateLimit | null>

export type Limits = {
  rates: RateLimits
  /** Count a call of this caller, if it may be made now. Answers within 50 ms, whatever is away; never rejects. */
  allow(caller: string, limit: RateLimit): Promise<{ allowed: true } | { allowed: false; retryAfterSeconds: number }>
}
