import { connect, Socket } from 'node:net'

/** The part of postgres.js' options that says where to connect. */
type Target = { host: string[]; port: number[]; path?: string | false }

const deadSocket = (): Socket => {
  const socket = new Socket()
  setImmediate(() => socket.destroy())
  return socket
}

/**
 * The `socket` option of postgres.js, so that a failure to reach the server is noticed at once. By itself
 * postgres.js reconnects hundreds of times a second, for ever, to a server (or proxy) that accepts and then
 * closes; and it leaves connections to a hung server open. `lost` is called for a connection that ended
 * before it carried a byte; after `destroy` every connection is cut and no new one is made.
 */
export const createDialer = (lost: (cause: unknown) => void) => {
  const sockets = new Set<Socket>()
  let destroyed = false
  let attempts = 0

  const dial = (target: Target): Socket => {
    if (destroyed) return deadSocket()
    const index = attempts++ % target.host.length
    const host = target.host[index] ?? 'localhost'
    const port = target.port[index] ?? 5432
    const socket = target.path ? connect(target.path) : connect({ host, port, noDelay: true })
    let failure: unknown
    let answered = false
    sockets.add(socket)
    socket.once('data', () => (answered = true))
    socket.once('error', (error) => (failure = error))
    socket.once('close', () => {
      sockets.delete(socket)
      if (!answered && !destroyed) lost(failure ?? new Error(`${host}:${port} closed the connection without an answer`))
    })
    // postgres.js wants the name, for TLS
    return Object.assign(socket, { host, port })
  }

  return {
    dial,
    destroy: (): void => {
      destroyed = true
      for (const socket of sockets) socket.destroy()
    },
  }
}
