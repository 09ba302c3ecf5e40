import { dueDrill, type History, type Wishes } from '../../core/drills/due.ts'
import type { Log } from '../../deps.ts'
import type { Drills } from './drills.ts'

type Options = {
  drills: Pick<Drills, 'start' | 'tidy'>
  dueFacts(): Promise<{ now: Date; running: boolean; underWay: Wishes[]; history: History[] }>
  leading(): boolean
  /** Does everything answer that the service leans on? */
  sound(): boolean
  log: Log
  everyMs: number
}

export type DrillScheduler = { start(): void; stop(): Promise<void> }

/** Looks that everything must have been sound for before a drill begins by itself. */
const soundLooks = 2

/** On the node that leads: puts away what dead drills left, and starts those that policies want and that are due. */
export const createDrillScheduler = ({ drills, dueFacts, leading, sound, log, everyMs }: Options): DrillScheduler => {
  let timer: NodeJS.Timeout | null = null
  let looking: Promise<void> = Promise.resolve()
  let [stopped, soundFor] = [false, 0]

  const look = async (): Promise<void> => {
    soundFor = sound() ? soundFor + 1 : 0
    if (!leading()) return
    await drills.tidy()
    if (soundFor < soundLooks) return
    const { now, running, underWay, history } = await dueFacts()
    const type = running || stopped ? null : dueDrill(underWay, history, now)
    if (type === null) return
    const { id } = await drills.start({ type }, 'engine')
    log.info({ drill: id, type }, 'a drill was due')
  }
  const later = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      looking = look().catch((error: unknown) => {
        soundFor = 0
        log.warn({ err: error }, 'drills could not be looked after')
      }).then(later)
    }, everyMs)
    timer.unref()
  }

  return {
    start: later,
    async stop() {
      stopped = true
      if (timer) clearTimeout(timer)
      await looking
    },
  }
}
