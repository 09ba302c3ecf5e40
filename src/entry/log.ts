import { pino } from 'pino'
import type { Log } from '../deps.ts'

/** Secrets never reach the log, wherever a caller put them. */
const redact = ['*.authorization', '*.cookie', '*.key', '*.token', 'authorization', 'cookie', 'key', 'token']

/** JSON lines on standard output; errors with their stack, under `err`. */
export const createLog = (level: string): Log =>
  pino({ level, redact, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) }, base: null })
