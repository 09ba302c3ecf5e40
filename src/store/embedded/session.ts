import { Duplex } from 'node:stream'
import { endsWithTerminate, greetingOf, wholeMessages } from './frames.ts'

export type SessionPort = {
  /** A new session begins; whichever was there before is over. */
  begin(session: Session): void
  /** Whole frontend messages of the session, in a buffer of their own. */
  send(session: Session, bytes: Uint8Array): void
}

const denied = Buffer.from('N')

/**
 * The socket that postgres.js believes it has. It speaks the PostgreSQL protocol to whatever is behind
 * `port`: encryption is declined, cancel requests are ignored, and a session begins with its start-up packet.
 */
export class Session extends Duplex {
  readonly #port: SessionPort
  #begun = false
  #rest: Uint8Array = new Uint8Array(0)

  constructor(port: SessionPort) {
    super()
    this.#port = port
    this.on('error', () => {}) // postgres.js listens too, but not for its whole life
  }

  /** Bytes from the engine. */
  receive(bytes: Uint8Array): void {
    this.push(Buffer.from(bytes.buffer))
  }

  /** As net.Socket has it: postgres.js only ends a socket that calls itself open. */
  get readyState(): 'open' | 'closed' {
    return this.destroyed || this.writableEnded ? 'closed' : 'open'
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk)
    done()
  }

  override _final(done: (error?: Error | null) => void): void {
    done()
    this.destroy()
  }

  #send(chunk: Uint8Array): void {
    if (!this.#begun) return this.#greet(chunk)
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const end = wholeMessages(bytes)
    this.#rest = bytes.slice(end)
    const whole = bytes.subarray(0, end)
    const ending = endsWithTerminate(whole)
    const work = ending ? whole.subarray(0, -5) : whole
    if (work.length > 0) this.#port.send(this, new Uint8Array(work))
    if (ending) this.end()
  }

  #greet(chunk: Uint8Array): void {
    const greeting = greetingOf(chunk)
    if (greeting === 'ssl' || greeting === 'gss') {
      this.push(denied)
    } else if (greeting === 'startup') {
      this.#begun = true
      this.#port.begin(this)
      this.#port.send(this, new Uint8Array(chunk))
    } else {
      this.destroy()
    }
  }
}
