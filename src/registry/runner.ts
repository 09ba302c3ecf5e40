import type { RegistryStore } from '../core/models/registry.ts'
import type { Log } from '../deps.ts'
import type { Mlflow } from './mlflow.ts'
import { lookAtRegistry } from './look.ts'

export type RegistryRunner = {
  start(): void
  /** Something was published: look soon. */
  poke(): void
  stop(): Promise<void>
}

/** Milliseconds between looks at a registry that nobody spoke of, and after something was published. */
const EVERY_MS = 60_000
const SOON_MS = 200
/** Milliseconds until one that does not lead asks whether it does now, and until a registry that was away is asked again. */
const LEADING_MS = 2_000
const AGAIN_MS = 5_000

type Options = { store: RegistryStore; mlflow: Mlflow; leading: () => boolean; log: Log; everyMs?: number }

/** Keeps registries in line with our champions, on the node that leads, a look at a time. */
export const createRegistryRunner = ({ store, mlflow, leading, log, everyMs = EVERY_MS }: Options): RegistryRunner => {
  let timer: NodeJS.Timeout | null = null
  let round: Promise<void> = Promise.resolve()
  const stopping = new AbortController()
  let [started, running, again] = [false, false, false]

  /** Answers after how many milliseconds to look again. */
  const look = async (): Promise<number> => (await lookAtRegistry({ store, mlflow, log }, stopping.signal) ? everyMs : Math.min(everyMs, AGAIN_MS))
  const failed = (error: unknown): number => {
    log.warn({ err: error }, 'the registry cannot be looked after for now')
    return AGAIN_MS
  }
  const run = async (): Promise<void> => {
    running = true
    again = false
    const next = leading() ? await look().catch(failed) : LEADING_MS
    running = false
    later(again ? SOON_MS : next)
  }
  const later = (ms: number): void => {
    if (stopping.signal.aborted) return
    if (timer) clearTimeout(timer)
    timer = setTimeout(() => (round = run()), ms)
    timer.unref()
  }

  return {
    start() {
      started = true
      later(SOON_MS)
    },
    poke() {
      // a node without an engine hears of publications, too, and never leads
      if (!started) return
      if (running) again = true
      else later(SOON_MS)
    },
    async stop() {
      stopping.abort()
      if (timer) clearTimeout(timer)
      await round
    },
  }
}
