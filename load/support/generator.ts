import { connect, type Socket } from 'node:net'

export type Sample = { perSecond: number; p50: number; p99: number; failed: number }

const headEnd = '\r\n\r\n'
const lengthOf = /\r\ncontent-length: (\d+)/i

/** The status of an answer that has arrived whole, else null. Only answers that tell their length are read. */
const statusOf = (text: string): number | null => {
  const head = text.indexOf(headEnd)
  if (head < 0) return null
  const length = Number(lengthOf.exec(text)?.[1] ?? Number.NaN)
  if (Number.isNaN(length)) throw new Error(`an answer without a length: ${text.slice(0, head)}`)
  return text.length >= head + headEnd.length + length ? Number(text.slice(9, 12)) : null
}

/** One connection with one request under way after the other. */
const converse = (url: URL, nextBody: () => string, answered: (status: number, ms: number) => void): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: `
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    let text = ''
    let began = 0
    const send = (): void => {
      const body = nextBody()
      began = performance.now()
      socket.write(`${head}${Buffer.byteLength(body)}${headEnd}${body}`)
    }
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part
      const status = statusOf(text)
      if (status === null) return
      text = ''
      answered(status, performance.now() - began)
      if (!socket.destroyed) send()
    })
    socket.once('error', reject).once('connect', () => {
      resolve(socket)
      send()
    })
  })

/**
 * Keep `connections` requests under way for `seconds`, each with the next body. Rates count answers of 2xx alone;
 * latencies are in milliseconds. Sockets of its own: what the generator takes of the cores, the service can not have.
 */
export const measure = async (url: string, nextBody: () => string, seconds: number, connections = 64): Promise<Sample> => {
  const latencies: number[] = []
  let failed = 0
  const answered = (status: number, ms: number): void => {
    if (status >= 200 && status < 300) latencies.push(ms)
    else failed++
  }
  const began = performance.now()
  const sockets = await Promise.all(Array.from({ length: connections }, () => converse(new URL(url), nextBody, answered)))
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  for (const socket of sockets) socket.destroy()
  const took = (performance.now() - began) / 1_000
  const sorted = Float64Array.from(latencies).sort()
  const quantile = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
  return { perSecond: sorted.length / took, p50: quantile(0.5), p99: quantile(0.99), failed }
}

export const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
