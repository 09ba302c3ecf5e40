import type { Duplex } from 'node:stream'

/** ReadyForQuery outside a transaction: how the last answer ends when a session has nothing to do. */
const idleEnd = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

const endsIdle = (data: unknown): boolean =>
  data instanceof Uint8Array && idleEnd.equals(data.subarray(-idleEnd.length))

const lost = (): Error =>
  Object.assign(new Error('the connection to the database was lost'), { code: 'CONNECTION_CLOSED' })

/** How a connection ended: had the server ever said anything, and what went wrong. */
export type Ending = { answered: boolean; cause: unknown }

export type HeldSocket<S> = {
  socket: S
  /** Let the end be seen. Only after the client that uses the socket has ended. */
  release(): void
}

/**
 * A socket whose end postgres.js may see while it is idle, but not in the middle of its work. There
 * postgres.js 3.4 would forget the socket and still write to it, to roll a transaction back: an exception in a
 * timer that ends the process. So the end arrives as an error, which rejects what is under way, and so does
 * every later write; whoever gets that error replaces the client. `ended` is told of the true end.
 */
export const holdClose = <S extends Duplex>(socket: S, ended: (ending: Ending) => void): HeldSocket<S> => {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...values: unknown[]) => boolean
  const write = socket.write.bind(socket) as (...values: unknown[]) => boolean
  let state: 'open' | 'held' | 'released' = 'open'
  let idle = true
  let answered = false
  let cause: unknown

  const fail = (): void => {
    if (socket.listenerCount('error') > 0) emit('error', lost())
  }
  const guardedEmit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event === 'data') {
      answered = true
      idle ||= endsIdle(values[0]) // what comes unasked, a farewell, begins no work
    }
    if (event === 'error') cause ??= values[0]
    if (event === 'close') ended({ answered, cause })
    if (event !== 'close' || idle || state === 'released') return emit(event, ...values)
    state = 'held'
    fail()
    return true
  }
  const guardedWrite = (...values: unknown[]): boolean => {
    idle = false
    if (state === 'open') return write(...values)
    process.nextTick(fail)
    return true
  }
  socket.emit = guardedEmit
  // net.Socket puts another `write` in place when the other end closes: not here
  Object.defineProperty(socket, 'write', { get: () => guardedWrite, set: () => {} })
  return {
    socket,
    release: () => {
      const held = state === 'held'
      state = 'released'
      if (held) emit('close', false)
    },
  }
}

/** A socket that has ended already, for a client that must not connect any more. */
export const endedSocket = <S extends Duplex>(socket: S): S => {
  setImmediate(() => socket.destroy())
  return socket
}
