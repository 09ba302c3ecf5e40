import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * What the proxy does to connections, after toxiproxy's vocabulary. `fin` accepts and closes politely, as a
 * load balancer does whose upstream is dead; `timeout` accepts and says nothing more; `reset_peer` resets.
 */
type Toxic = { kind: 'pass' } | { kind: 'latency'; ms: number } | { kind: 'timeout' | 'reset_peer' | 'fin' }

export type FaultProxy = {
  port: number
  /** How many connections were accepted so far. */
  connections(): number
  /** Forward everything again, on new connections. */
  pass(): void
  /** Delay every piece of data, in both directions. */
  latency(ms: number): void
  /** Hold all data back: present and new connections hang. */
  timeout(): void
  /** Reset present and new connections. */
  reset(): void
  /** Close present and new connections. */
  fin(): void
  stop(): Promise<void>
}

/** A TCP proxy in front of a server on this machine, on a free loopback port. */
export const startFaultProxy = async (upstream: { host: string; port: number }): Promise<FaultProxy> => {
  const open = new Set<Socket>()
  let toxic: Toxic = { kind: 'pass' }
  let accepted = 0

  const forward = (from: Socket, to: Socket): void => {
    from.on('data', (data: Buffer) => {
      if (toxic.kind === 'timeout') return
      if (toxic.kind === 'latency') setTimeout(() => to.writable && to.write(data), toxic.ms)
      else if (to.writable) to.write(data)
    })
    from.on('close', () => to.destroy())
    from.on('error', () => to.destroy())
  }

  const apply = (socket: Socket): void => {
    if (toxic.kind === 'fin') socket.destroySoon()
    if (toxic.kind === 'reset_peer') socket.resetAndDestroy()
  }

  const server = createServer((socket) => {
    accepted++
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => {})
    if (toxic.kind === 'fin' || toxic.kind === 'reset_peer') return apply(socket)
    const target = connect(upstream)
    forward(socket, target)
    forward(target, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port')

  const become = (next: Toxic): void => {
    // a connection that lost bytes can never be whole again
    if (toxic.kind === 'timeout') for (const socket of open) socket.destroy()
    toxic = next
    for (const socket of open) apply(socket)
  }
  return {
    port: address.port,
    connections: () => accepted,
    pass: () => become({ kind: 'pass' }),
    latency: (ms) => become({ kind: 'latency', ms }),
    timeout: () => become({ kind: 'timeout' }),
    reset: () => become({ kind: 'reset_peer' }),
    fin: () => become({ kind: 'fin' }),
    stop: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
