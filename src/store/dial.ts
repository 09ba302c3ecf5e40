import { once } from 'node:events'
import { connect as connectTcp, isIP, Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { endedSocket, holdClose, type HeldSocket } from './held-socket.ts'

/** The part of postgres.js' options that says where to connect. */
type Target = { host: string[]; port: number[]; path?: string | false }

/** How a connection is encrypted, after libpq's `sslmode`: `prefer` only where the server can. */
export type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-full'

const modes: Record<string, TlsMode> = {
  disable: 'disable',
  false: 'disable',
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  true: 'require',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
}

/**
 * The encryption that a database address asks for with `?sslmode=` (or `?ssl=`); none by default.
 *
 * @throws {Error} when it names one that does not exist
 */
export const tlsModeOf = (url: string): TlsMode => {
  const parameters = new URLSearchParams(url.split('?')[1] ?? '')
  const asked = parameters.get('sslmode') ?? parameters.get('ssl') ?? 'disable'
  const mode = modes[asked]
  if (!mode) throw new Error(`sslmode=${asked} in the database address: use one of ${Object.keys(modes).join(', ')}`)
  return mode
}

const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** Ask the server for encryption, and encrypt. Rejects when it declines and the mode insists. */
const encrypt = async (raw: Socket, host: string, mode: TlsMode): Promise<Socket | TLSSocket> => {
  await once(raw, 'connect')
  raw.write(sslRequest)
  const ended = once(raw, 'end').then(() => {
    throw new Error('the server closed the connection instead of answering a request for encryption')
  })
  const [answer] = (await Promise.race([once(raw, 'data'), ended])) as [Buffer]
  if (answer[0] !== 0x53) {
    if (mode === 'prefer') return raw
    throw new Error(`the database address asks for sslmode=${mode}, and the server offers no encryption`)
  }
  const options: ConnectionOptions = { socket: raw, rejectUnauthorized: mode === 'verify-full' }
  if (isIP(host) === 0) options.servername = host
  const secure = connectTls(options)
  await once(secure, 'secureConnect')
  return secure
}

/**
 * The `socket` option of postgres.js, so that a failure to reach the server is noticed at once. By itself
 * postgres.js reconnects hundreds of times a second, for ever, to a server (or proxy) that accepts and then
 * closes; and it leaves connections to a hung server open. `lost` is called for a connection that ended before
 * the server said anything; after `cut` every connection has ended and no new one is made.
 */
export const createDialer = (mode: TlsMode, lost: (cause: unknown) => void) => {
  const raw = new Set<Socket>()
  const held = new Set<HeldSocket<Socket>>()
  let over = false
  let attempts = 0

  const open = (target: Target): { socket: Socket; host: string } => {
    const index = attempts++ % target.host.length
    const host = target.host[index] ?? 'localhost'
    const port = target.port[index] ?? 5432
    const socket = target.path ? connectTcp(target.path) : connectTcp({ host, port, noDelay: true })
    raw.add(socket)
    socket.once('close', () => raw.delete(socket))
    socket.on('error', () => {}) // encrypted, it has no other listener
    return { socket, host }
  }

  const watch = (socket: Socket, host: string): Socket => {
    const one = holdClose(socket, ({ answered, cause }) => {
      if (!answered && !over) lost(cause ?? new Error(`${host} closed the connection without an answer`))
    })
    held.add(one)
    return one.socket
  }

  const dial = async (target: Target): Promise<Socket> => {
    if (over) return endedSocket(new Socket())
    const { socket, host } = open(target)
    if (mode === 'disable') return watch(socket, host)
    try {
      return watch(await encrypt(socket, host, mode), host)
    } catch (error) {
      socket.destroy()
      lost(error)
      return endedSocket(new Socket())
    }
  }

  return {
    dial,
    cut: (): void => {
      over = true
      for (const socket of raw) socket.destroy()
    },
    release: (): void => {
      for (const one of held) one.release()
      held.clear()
    },
  }
}
