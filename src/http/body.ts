import { ServiceError } from '../errors.ts'
import type { ReadHeader } from './headers.ts'

export const KB = 1_024
export const MB = 1_024 * KB

const utf8 = new TextDecoder('utf-8', { fatal: true })

const tooLarge = (limit: number): ServiceError => new ServiceError('too_large', `the body may have at most ${limit} bytes`)

/** Is this `application/json`, perhaps with parameters? */
const isMediaType = (header: string, type: string): boolean =>
  header === type || header.split(';', 1)[0]?.trim().toLowerCase() === type

/** @throws {ServiceError} unsupported_media_type unless the body is what the route reads, uncompressed */
export const requireMediaType = (header: ReadHeader, types: readonly string[]): void => {
  const given = header('content-type')
  if (given === null || !types.some((type) => isMediaType(given, type))) {
    throw new ServiceError('unsupported_media_type', `expected content-type ${types.join(' or ')}`)
  }
  const encoding = header('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new ServiceError('unsupported_media_type', `content-encoding ${encoding} is not read; send the body as it is`)
  }
}

export const hasMediaType = (header: ReadHeader, type: string): boolean => isMediaType(header('content-type') ?? '', type)

/** @throws {ServiceError} malformed_json for bytes that are not UTF-8 */
export const decode = (bytes: ArrayBuffer | Uint8Array): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new ServiceError('malformed_json', 'the body is not valid UTF-8')
  }
}

const readChunks = async (body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > limit) {
      void reader.cancel().catch(() => {})
      throw tooLarge(limit)
    }
    chunks.push(value)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** The request went away or broke before its body was complete. Nobody reads the answer. */
const cutShort = (error: unknown): never => {
  if (error instanceof ServiceError) throw error
  throw new ServiceError('malformed_json', 'the body ended before it was complete')
}

/**
 * The body as text, without a byte order mark. A declared length is checked before anything is read and bounds
 * what the parser hands on; a chunked body is counted as it comes.
 *
 * @throws {ServiceError} too_large, or malformed_json for bytes that are not UTF-8
 */
export const readText = (request: Request, header: ReadHeader, limit: number): Promise<string> => {
  const declared = header('content-length')
  if (declared !== null) {
    if (Number(declared) > limit) throw tooLarge(limit)
    return request.arrayBuffer().then(decode, cutShort)
  }
  return request.body === null ? Promise.resolve('') : readChunks(request.body, limit).then(decode, cutShort)
}
