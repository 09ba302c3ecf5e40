import autocannon from 'autocannon'

export type Sample = { perSecond: number; p50: number; p99: number; failed: number }

/**
 * Keep `connections` requests under way for `seconds`, each with the next body.
 * Rates count answers of 2xx alone; latencies are in milliseconds.
 */
export const measure = async (url: string, nextBody: () => string, seconds: number, connections = 64): Promise<Sample> => {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        setupRequest: (request) => ({ ...request, body: nextBody() }),
      },
    ],
  })
  return {
    perSecond: result['2xx'] / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: result.non2xx + result.errors,
  }
}

export const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
