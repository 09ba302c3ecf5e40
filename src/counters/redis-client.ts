import { Cluster, Redis } from 'ioredis'

/** Longest wait for one command, in milliseconds: an answer that needs it must still be quick without it. */
export const commandMs = 25

const backoff = (attempt: number): number => Math.min(50 * 2 ** attempt, 2_000) * (0.5 + Math.random() / 2)

/**
 * Settings that keep a hung or lost server from holding anybody: no offline queue, no resending, no retries of a
 * command, and a socket that counts as dead after a second without an answer.
 */
const options = {
  connectTimeout: 500,
  commandTimeout: commandMs,
  socketTimeout: 1_000,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  retryStrategy: backoff,
}

export type Client = Redis | Cluster

/** @param url `redis://host:port`, or several separated by commas: the nodes of a cluster */
export const connectRedis = (url: string): Client => {
  const nodes = url.split(',').map((node) => node.trim())
  if (nodes.length === 1) return new Redis(nodes[0]!, options)
  return new Cluster(nodes, {
    enableOfflineQueue: false,
    slotsRefreshTimeout: 500,
    clusterRetryStrategy: backoff,
    redisOptions: options,
  })
}

/** A connection that only listens: it may wait for ever, and subscribes again by itself. */
export const connectSubscriber = (url: string): Redis => {
  const [first] = url.split(',')
  const { commandTimeout: _, socketTimeout: __, ...rest } = options
  return new Redis(first!.trim(), { ...rest, enableOfflineQueue: true, maxRetriesPerRequest: null, keepAlive: 5_000 })
}
