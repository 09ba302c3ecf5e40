import { sentenceOf } from '../../core/describe/wording.ts'
import { requireDurationMs } from '../../core/define/duration.ts'
import { isUnderWay } from '../../core/define/definitions.ts'
import type { DrillView, StartDrill } from '../../core/drills/drill.ts'
import { scenarios } from '../../core/drills/scenarios.ts'
import type { DrillEnd } from '../../store/control/drills.ts'
import type { DrillPorts } from './ports.ts'
import { DrillEnded, DrillFailed, rehearse, type Running } from './rehearse.ts'

/** A drill lasts so long at most, or so many looks of the engine where that is longer. */
const usualLimitMs = 300_000
const limitLooks = 40
/** Milliseconds between attempts to write how it ended, and how many there are. */
const againMs = 1_000
const attempts = 5

export type Drills = {
  /** Begin one, and answer at once. @throws {ServiceError} conflict while another one runs */
  start(request: StartDrill, actor: string): Promise<DrillView>
  /** End what runs here as abandoned. */
  stop(): Promise<void>
  /** Put away what drills left behind that are over, dead ones included. */
  tidy(): Promise<void>
}

/** Rehearses on synthetic models what the service would do; the engine that judges them is everybody's. */
export const createDrills = (ports: DrillPorts): Drills => {
  const { store, control, log, intervalMs, elapsed, sleep, published } = ports
  const stopping = new AbortController()
  let underWay: Promise<void> = Promise.resolve()

  const perform = async (drill: Running, type: StartDrill['type']): Promise<DrillEnd> => {
    const told: string[] = []
    try {
      for (const [index, part] of scenarios[type].entries()) told.push(sentenceOf(await rehearse(ports, drill, part, index === 0)))
      return { state: 'passed', text: told.join(' '), units: drill.units }
    } catch (error) {
      if (error instanceof DrillEnded) return { state: 'abandoned', text: 'The process that ran it was stopped.', units: drill.units }
      const why = error instanceof DrillFailed ? error.message : `it could not go on: ${(error as Error).message}`
      if (!(error instanceof DrillFailed)) log.error({ err: error, drill: drill.id }, 'a drill could not go on')
      return { state: 'failed', text: [...told, sentenceOf(why)].join(' '), units: drill.units }
    }
  }

  /** Experiments end in the ledger as everybody's do; what they counted is removed. */
  const putAway = async (id: number): Promise<void> => {
    for (const { key, state } of await store.experiments(id)) {
      if (state === 'draft') await control.experiments.remove(key)
      else {
        if (isUnderWay(state as never)) await control.experiments.act(key, { action: state === 'baking' ? 'emergency-stop' : 'stop', reason: 'the drill is over' }, 'drill')
        await control.experiments.act(key, { action: 'archive', reason: 'the drill is over' }, 'drill')
      }
    }
    await store.clear(id)
    await published()
  }

  const tidyOne = (id: number): Promise<void> =>
    putAway(id).catch((error: unknown) => log.warn({ err: error, drill: id }, 'what a drill left behind could not be put away yet'))

  const tryTo = async (work: () => Promise<unknown>): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return void (await work())
      } catch (error) {
        if (attempt === attempts || stopping.signal.aborted) throw error
        await sleep(againMs, stopping.signal)
      }
    }
  }

  const run = async ({ id, type }: DrillView, limitMs: number): Promise<void> => {
    const how = await perform({ id, deadline: elapsed() + limitMs, signal: stopping.signal, units: 0 }, type)
    // whoever finds it abandoned ends it, if we cannot
    await tryTo(() => store.end(id, how)).catch((error: unknown) => log.error({ err: error, drill: id }, 'how a drill ended could not be written'))
    log[how.state === 'failed' ? 'warn' : 'info']({ drill: id, type, state: how.state }, how.text)
    await tidyOne(id)
  }

  return {
    async start({ type, limit }, actor) {
      const drill = await store.begin(type, actor)
      underWay = run(drill, limit === undefined ? Math.max(usualLimitMs, limitLooks * intervalMs) : requireDurationMs(limit))
      return drill
    },
    async stop() {
      stopping.abort()
      await underWay
    },
    async tidy() {
      for (const id of await store.leftovers()) await tidyOne(id)
    },
  }
}
