import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { createLimiter, groupOf, networkOf } from './http/rate-limit.ts'
import type { Route } from './http/route.ts'
import { defaultRateLimits, parseRateLimits } from './rate-limits.ts'

describe('RATE_LIMITS', () => {
  it('leaves the two hot calls alone unless it says so', () => {
    expect(parseConfig({}).rateLimits).toEqual(defaultRateLimits)
    expect(defaultRateLimits).toMatchObject({ assign: null, outcome: null })
  })

  it('names a rate, a burst or neither, and leaves the others as they are', () => {
    expect(parseConfig({ RATE_LIMITS: ' assign = 500/s:1000, session=30/m ,pages=off' }).rateLimits).toEqual({
      ...defaultRateLimits,
      assign: { perSecond: 500, burst: 1_000 },
      session: { perSecond: 0.5, burst: 30 },
      pages: null,
    })
    expect(parseRateLimits('outcome=36/h').outcome).toEqual({ perSecond: 0.01, burst: 36 })
  })

  it.each(['api', 'api=', 'api=10', 'api=10/d', 'api=0/s', 'api=10/s:0', 'api=-1/s', 'api=1e3/s', 'nothing=1/s', 'toString=1/s'])(
    'refuses %s and says so',
    (text) => expect(() => parseConfig({ RATE_LIMITS: text })).toThrow(`RATE_LIMITS: "${text}"`),
  )
})

describe('a route without a limit', () => {
  it('is served as it was declared, with no check in its way', () => {
    const allow = () => Promise.reject(new Error('nobody asks'))
    const limiter = createLimiter({ limits: { rates: defaultRateLimits, allow } })
    const fast = { limit: 1, authorize: () => ({ id: 'x', scopes: new Set<never>() }), work: () => '{}' }
    const serve = () => new Response()
    const shape = { method: 'post', path: '/assign', scope: 'assign', tag: 't', summary: 's', responses: {}, fast, serve } as const
    const route: Route = shape
    expect(limiter.guarded(route)).toBe(route)
    expect(limiter.gateOf(route)).toBeNull()
    const limited = createLimiter({ limits: { rates: parseRateLimits('assign=1/s'), allow } }).guarded(route)
    expect(limited).not.toBe(route)
  })
})

describe('callers without a key', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s is told apart as %s', (address, network) => expect(networkOf(address)).toBe(network))
})

describe('groups', () => {
  it.each([
    ['/assign', 'assign', 'Assignments and outcomes', 'assign'],
    ['/outcome/batch', 'outcome', 'Assignments and outcomes', 'outcome'],
    ['/api/models', 'read', 'Models', 'api'],
    ['/', 'public', 'Pages', 'pages'],
    ['/session', 'public', 'Pages', 'session'],
    ['/health', 'public', 'Operations', null],
    ['/metrics', 'read', 'Operations', null],
  ] as const)('%s', (path, scope, tag, group) => expect(groupOf({ path, scope, tag })).toBe(group))
})
