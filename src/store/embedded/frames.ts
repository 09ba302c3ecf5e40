/** The first four bytes after the length of the messages that have no type: what a new connection says. */
const codes = { startup: 196_608, ssl: 80_877_103, gss: 80_877_104, cancel: 80_877_102 } as const

export type Greeting = keyof typeof codes

/** What a connection's first bytes ask for; undefined for anything else. */
export const greetingOf = (bytes: Uint8Array): Greeting | undefined => {
  if (bytes.length < 8) return undefined
  const code = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4)
  return (Object.keys(codes) as Greeting[]).find((name) => codes[name] === code)
}

/**
 * The length of the leading whole messages of `bytes` (type byte, length of the rest, body each).
 * The engine must never be given half a message: it would take the end of input for a lost connection.
 */
export const wholeMessages = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = 0
  while (end + 5 <= bytes.length) {
    const next = end + 1 + view.getUint32(end + 1)
    if (next > bytes.length) break
    end = next
  }
  return end
}

/** Does this burst of whole messages end the connection? Terminate is always its last message. */
export const endsWithTerminate = (bytes: Uint8Array): boolean => {
  const last = bytes.subarray(-5)
  return last.length === 5 && last[0] === 0x58 && last[1] === 0 && last[2] === 0 && last[3] === 0 && last[4] === 4
}

/** A message from its type and body. */
export const message = (type: string, body = ''): Uint8Array => {
  const text = new TextEncoder().encode(body)
  const bytes = new Uint8Array(5 + text.length)
  bytes[0] = type.charCodeAt(0)
  new DataView(bytes.buffer).setUint32(1, 4 + text.length)
  bytes.set(text, 5)
  return bytes
}
