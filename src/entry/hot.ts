import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { HotCall } from '../http/register.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The call, if this request can go the short way: POST, the very path, and a body of a declared, permitted length. */
const hotOf = (hot: ReadonlyMap<string, HotCall>, { method, url = '', headers }: IncomingMessage): HotCall | null => {
  if (method !== 'POST') return null
  const call = hot.get(url)
  const length = headers['content-length']
  if (!call || length === undefined || headers['transfer-encoding'] !== undefined) return null
  return Number(length) <= call.limit ? call : null
}

const whole = (chunks: readonly Buffer[]): Buffer => (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))

const sendText = (response: ServerResponse, status: number, headers: string[], body: string): void => {
  headers.push('content-length', String(Buffer.byteLength(body)))
  response.writeHead(status, headers).end(body)
}

const send = (response: ServerResponse, answer: string | Response): void => {
  if (typeof answer === 'string') return sendText(response, 200, ['content-type', 'application/json'], answer)
  void answer.text().then((body) => sendText(response, answer.status, [...answer.headers].flat(), body))
}

/**
 * Answer the hot calls where the parser leaves them, and hand everything else to the framework as before: a Request and
 * a Response for each of them cost about as much as the call itself.
 */
export const answerHot = (server: Server, hot: ReadonlyMap<string, HotCall>): void => {
  const others = server.listeners('request') as Listener[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    const call = hotOf(hot, request)
    if (!call) {
      for (const listener of others) listener.call(server, request, response)
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    // A caller that goes away gets no answer, and nothing of its half body is stored.
    request.on('error', () => {})
    request.on('end', () => {
      const { headers, socket } = request
      const header = (name: string): string | null => {
        const value = headers[name]
        return value === undefined ? null : typeof value === 'string' ? value : value.join(', ')
      }
      call.answer(header, socket.remoteAddress ?? 'unknown', whole(chunks), (answer) => send(response, answer))
    })
  })
}
