import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'

/** Milliseconds before the next attempt to connect, growing to 2 s; the jitter keeps nodes from coming all at once. */
export const backoff = (attempt: number): number => Math.min(50 * 2 ** attempt, 2_000) * (0.5 + Math.random() / 2)

/** No offline queue, no resending, and a socket that leaves a command without an answer for a second is dead. */
const connection = {
  connectTimeout: 500,
  disconnectTimeout: 100,
  socketTimeout: 1_000,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
} satisfies RedisOptions

/** The nodes of a `REDIS_URL`. */
export const nodesOf = (url: string): string[] =>
  url.split(',').map((node) => node.trim()).filter((node) => node !== '')

/** Certificates carry names, so addresses must stay names. */
const asItIs: NonNullable<ClusterOptions['dnsLookup']> = (address, callback) => callback(null, address)

/** What the first node's URL says of credentials and TLS holds for the nodes that a cluster tells of, too. */
const cluster = (url: string) => {
  const { protocol, username, password } = new URL(url)
  const tls = protocol === 'rediss:'
  return {
    enableOfflineQueue: false,
    clusterRetryStrategy: backoff,
    slotsRefreshTimeout: 500,
    maxRedirections: 4, // nobody waits for more
    ...(tls ? { dnsLookup: asItIs } : {}),
    redisOptions: {
      ...connection, // without commandTimeout: it would have to include connecting, to learn the slots
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      ...(tls ? { tls: {} } : {}),
    },
  } satisfies ClusterOptions
}

/**
 * @param url      `redis://host:port`; with a comma, even one at the end, the nodes of a cluster
 * @param budgetMs longest wait for one command, in milliseconds
 */
export const connectRedis = (url: string, budgetMs: number): Redis | Cluster => {
  const nodes = nodesOf(url)
  const [first] = nodes
  if (first === undefined) throw new RangeError('a Redis URL must name a node')
  if (url.includes(',')) return new Cluster(nodes, cluster(first))
  const patience = { commandTimeout: budgetMs, enableOfflineQueue: false, retryStrategy: backoff }
  return new Redis(first, { ...connection, ...patience })
}

/** A connection to one node that is used once: when it ends, it ends. */
export const connectOnce = (url: string): Redis =>
  new Redis(url, { ...connection, enableOfflineQueue: false, retryStrategy: null })
