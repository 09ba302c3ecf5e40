import { exits } from './failure.ts'

/** What must be put in order before the process ends, the latest first: the screen, a thread. */
const orderly = new Set<() => void>()

/** Have something done however the process ends. @returns takes it back */
export const beforeEnd = (tidy: () => void): (() => void) => {
  orderly.add(tidy)
  return () => void orderly.delete(tidy)
}

const tidyAll = (): void => {
  for (const tidy of [...orderly].toReversed()) tidy()
  orderly.clear()
}

/** Ctrl-C ends with 130, SIGTERM with 143, as shells expect, and leaves the terminal as it was. */
export const endOnInterrupt = (): void => {
  process.on('exit', tidyAll)
  process.on('SIGINT', () => process.exit(exits.interrupted))
  process.on('SIGTERM', () => process.exit(143))
}
