import { Cluster, Redis, type RedisOptions } from 'ioredis'

/** Longest wait for an answer, in milliseconds, connecting included. */
export const redisMs = 25

/** It connects with the first command and never again: the request is over before that would help. */
const options = {
  lazyConnect: true,
  connectTimeout: 500,
  maxRetriesPerRequest: 0,
  enableReadyCheck: false,
  retryStrategy: () => null,
} satisfies RedisOptions

const clusterOptions = {
  lazyConnect: true,
  slotsRefreshTimeout: 500,
  clusterRetryStrategy: () => null,
  redisOptions: options,
}

export type EdgeRedis = {
  /** A command's answer. Rejects when there is none within 25 ms. Its key decides which node of a cluster is asked. */
  call(command: string, ...rest: string[]): Promise<unknown>
  /** The same for what nobody waits for: within `ms`. */
  ask(ms: number, command: string, ...rest: string[]): Promise<unknown>
  disconnect(): void
}

/** A client for one request. @param url `redis://host:port`, or the nodes of a cluster, separated by commas */
export const connectEdgeRedis = (url: string): EdgeRedis => {
  const nodes = url.split(',').map((node) => node.trim())
  const client = nodes.length === 1 ? new Redis(nodes[0]!, options) : new Cluster(nodes, clusterOptions)
  client.on('error', () => {}) // every command tells its own failure

  const ask: EdgeRedis['ask'] = async (ms, command, ...rest) => {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(`no answer from Redis within ${ms} ms`)), ms)
    try {
      const answer = client.call(command, ...rest)
      answer.catch(() => {}) // an answer after the deadline is nobody's
      return await Promise.race([answer, late])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    call: (command, ...rest) => ask(redisMs, command, ...rest),
    ask,
    disconnect: () => client.disconnect(),
  }
}
