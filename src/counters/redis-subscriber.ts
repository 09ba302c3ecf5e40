import { backoff, connectOnce, nodesOf } from './redis-client.ts'

/** A subscriber may be silent for hours: without asking, a dead network looks the same. */
const pingMs = 5_000

/**
 * Hear the messages of a channel on a connection of its own. Whenever that is lost or does not answer, the next node
 * is tried, since any node of a cluster passes messages on. Messages in between are lost.
 *
 * @returns a function that ends it
 */
export const listenTo = (
  url: string,
  channel: string,
  hear: (message: string) => void,
  observe: (error: unknown) => void,
): (() => void) => {
  const nodes = nodesOf(url)
  let turn = 0
  let failures = 0
  let ended = false
  let retry: ReturnType<typeof setTimeout> | undefined
  let disconnect = (): void => {}

  const connect = (): void => {
    const client = connectOnce(nodes[turn++ % nodes.length] ?? url)
    const ping = setInterval(() => void client.ping().catch(observe), pingMs)
    ping.unref?.()
    disconnect = () => client.disconnect()
    client.on('error', observe)
    client.on('message', (_channel: string, message: string) => hear(message))
    client.once('ready', () => {
      client.subscribe(channel).then(
        () => {
          failures = 0
        },
        (error: unknown) => {
          observe(error)
          client.disconnect()
        },
      )
    })
    client.once('end', () => {
      clearInterval(ping)
      if (ended) return
      retry = setTimeout(connect, backoff(failures++))
      retry.unref?.()
    })
  }

  connect()
  return () => {
    ended = true
    clearTimeout(retry)
    disconnect()
  }
}
