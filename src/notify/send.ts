import { lookup } from 'node:dns/promises'
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { AddressRules } from './address.ts'
import { type Attempt, retryAfterMs } from './after-attempt.ts'

export type Resolved = { address: string; family: number }

export type SenderOptions = {
  rules: AddressRules
  /** All addresses of a name. */
  resolve?: (name: string) => Promise<Resolved[]>
  /** Milliseconds from the look-up of the name to the end of the answer. */
  timeoutMs?: number
}

export type Sender = (url: string, headers: Record<string, string>, body: string, stop: AbortSignal) => Promise<Attempt>

/** Bytes of an answer that are read at most, and characters of it that are kept. */
const mostBytes = 65_536
const mostKept = 1_000

const resolveAll = (name: string): Promise<Resolved[]> => lookup(name, { all: true, verbatim: true })

/** Answers what was looked up before: a name that means something else a moment later can not lead anywhere else. */
const pinned = (addresses: readonly Resolved[]): LookupFunction => (_name, options, answer) => {
  if (options.all) return answer(null, [...addresses])
  answer(null, addresses[0]!.address, addresses[0]!.family)
}

const responseTo = (request: ClientRequest, body: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.on('error', reject)
    request.end(body)
  })

/** How a body begins; what comes after the limit, or after the time is over, is not waited for. */
const beginningOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= mostBytes) break
    }
  } catch {
    // the status has said what matters
  }
  // PostgreSQL stores no NUL
  return Buffer.concat(chunks).toString('utf8').slice(0, mostKept).replaceAll('\0', '')
}

const failure = (result: Attempt['result'], error: string) => ({ result, error, status: null, response: null, retryAfterMs: null })

const wordsOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string }
  return [code, message].filter(Boolean).join(': ').slice(0, 300) || 'failed'
}

/** Sends one message once. Follows no redirect, keeps no connection, goes nowhere that the rules do not allow. */
export const createSender = ({ rules, resolve = resolveAll, timeoutMs = 15_000 }: SenderOptions): Sender => {
  const post = async (url: URL, addresses: Resolved[], headers: Record<string, string>, body: string, signal: AbortSignal) => {
    const options = { method: 'POST', headers, signal, agent: false as const, lookup: pinned(addresses) }
    const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, options)
    try {
      const response = await responseTo(request, body)
      const status = response.statusCode ?? 0
      const kept = await beginningOf(response)
      const after = retryAfterMs(response.headers['retry-after'], Date.now())
      const good = status >= 200 && status < 300
      const error = good ? null : status >= 300 && status < 400 ? 'redirects are not followed' : `answered ${status}`
      return { result: good ? 'delivered' : 'answered', status, error, response: kept, retryAfterMs: after } as const
    } finally {
      request.destroy()
    }
  }

  /** Settles by the signal even where a look-up does not. */
  const addressesOf = (url: URL, signal: AbortSignal): Promise<Resolved[]> => {
    const name = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(name) !== 0) return Promise.resolve([{ address: name, family: isIP(name) }])
    const aborted = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true })
    return Promise.race([resolve(name), aborted.promise])
  }

  return async (address, headers, body, stop) => {
    const began = performance.now()
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = AbortSignal.any([timeout, stop])
    const url = new URL(address)
    const attempt = async () => {
      try {
        signal.throwIfAborted()
        const problem = rules.urlProblem(address)
        if (problem !== null) return failure('not_allowed', `url_not_allowed: ${problem}`)
        const allowed = (await addressesOf(url, signal)).filter((one) => rules.mayConnect(url, one.address))
        if (allowed.length === 0) return failure('not_allowed', 'url_not_allowed: the host has no address that may be called')
        return await post(url, allowed, { ...headers, 'content-length': String(Buffer.byteLength(body)) }, body, signal)
      } catch (error) {
        if (stop.aborted) return failure('interrupted', 'the service stopped')
        if (timeout.aborted) return failure('timeout', `no answer within ${timeoutMs / 1_000} s`)
        return failure('unreachable', wordsOf(error))
      }
    }
    const outcome = await attempt()
    return { ...outcome, ms: Math.round(performance.now() - began) }
  }
}
