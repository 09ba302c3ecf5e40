import { describe, expect, it } from 'vitest'
import { endsWithTerminate, greetingOf, message, wholeMessages } from './frames.ts'

const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

const greeting = (code: number): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setUint32(4, code)
  return bytes
}

describe('wholeMessages', () => {
  const [query, sync] = [message('Q', 'select 1\0'), message('S')]

  it('counts every complete message', () => {
    expect(wholeMessages(join(query, sync))).toBe(query.length + sync.length)
    expect(wholeMessages(new Uint8Array(0))).toBe(0)
  })

  it.each([1, 4, 5, query.length - 1])('leaves the first %i bytes of an incomplete one', (bytes) => {
    expect(wholeMessages(join(sync, query.subarray(0, bytes)))).toBe(sync.length)
  })
})

describe('greetingOf', () => {
  it.each([
    ['startup', 196_608],
    ['ssl', 80_877_103],
    ['gss', 80_877_104],
    ['cancel', 80_877_102],
  ])('knows %s', (name, code) => {
    expect(greetingOf(greeting(code))).toBe(name)
  })

  it('knows nothing else', () => {
    expect(greetingOf(message('Q', 'select 1\0'))).toBeUndefined()
    expect(greetingOf(new Uint8Array(3))).toBeUndefined()
  })
})

describe('endsWithTerminate', () => {
  it('sees the last message', () => {
    expect(endsWithTerminate(join(message('S'), message('X')))).toBe(true)
    expect(endsWithTerminate(message('S'))).toBe(false)
  })
})
