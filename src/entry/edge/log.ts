import type { Log } from '../../deps.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** An error as plain data; its stack helps only who reads the log. */
const plain = (value: unknown): unknown => {
  if (!(value instanceof Error)) return value
  const { name, message, stack, cause } = value
  return { name, message, stack, ...(cause === undefined ? {} : { cause: plain(cause) }) }
}

/** One JSON line an entry, to the console, which is all the runtime offers. */
export const createEdgeLog = (level: string): Log => {
  const from = levels.indexOf(level)
  const write = (name: 'info' | 'warn' | 'error') => (fields: object, msg: string): void => {
    if (levels.indexOf(name) < from) return
    const entry = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plain(value)]))
    console[name](JSON.stringify({ level: name, time: Date.now(), msg, ...entry }))
  }
  return { info: write('info'), warn: write('warn'), error: write('error') }
}
