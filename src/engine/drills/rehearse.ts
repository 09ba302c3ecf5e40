import { definitionsOf, drillMeasure, drillVersions, type Part } from '../../core/drills/scenarios.ts'
import { judge } from '../../core/drills/judge.ts'
import { rehearsalKey } from '../../core/drills/keys.ts'
import { secondsText } from '../../core/drills/words.ts'
import type { DrillPorts, Served } from './ports.ts'

/** Units that are sent at a time, and milliseconds between: some sixty a second, half of them to each variant. */
const atOnce = 15
const everyMs = 250
/** Looks for which traffic must stay as it is, where it has to. */
const steadyLooks = 2
const beatMs = 2_000

/** It did not come as it should have: why, as a sentence. */
export class DrillFailed extends Error {}
/** Somebody else ended it, or the process is about to. */
export class DrillEnded extends Error {}

/** A drill under way. */
export type Running = {
  id: number
  /** On the ports' clock. */
  deadline: number
  signal: AbortSignal
  units: number
}

const create = async ({ control, published }: DrillPorts, part: Part, key: string): Promise<void> => {
  const { metric, experiment } = definitionsOf(part, key)
  await control.models.create({ key, description: 'a drill' })
  for (const version of drillVersions) await control.versions.create(key, { version, payload: { version } })
  await control.metrics.create(metric)
  await control.experiments.create(experiment)
  await control.experiments.act(key, { action: 'start', reason: 'a drill' }, 'drill')
  await published()
}

/**
 * Rehearse one part of a drill: healthy traffic until the engine has seen it, then the fault, then watch what the engine
 * and this node do about it. Answers what came of it, as a sentence.
 *
 * @param first is what happens here the drill's own time to detect and to revert?
 * @throws {DrillFailed} when something is missing at the deadline, or something happened that should not have
 * @throws {DrillEnded} when it is to go no further
 */
export const rehearse = async (ports: DrillPorts, drill: Running, part: Part, first: boolean): Promise<string> => {
  const { store, control, traffic, live, random, sleep, elapsed } = ports
  const { id } = drill
  const key = rehearsalKey(id, part.name)
  const seen: { probe: string | null; faultAt: Date | null; reverted: Promise<Date> | null } = { probe: null, faultAt: null, reverted: null }
  let beaten = -Infinity

  /** @param waiting what is missing if the time is over now */
  const goOn = async (doing: string, waiting: string): Promise<void> => {
    if (drill.signal.aborted) throw new DrillEnded()
    if (elapsed() >= drill.deadline) throw new DrillFailed(waiting)
    if (elapsed() - beaten >= beatMs) {
      beaten = elapsed()
      if (!(await store.beat(id, drill.units, doing))) throw new DrillEnded()
    }
    await sleep(everyMs, drill.signal)
  }
  const outcomeOf = ({ token, version }: Served) => {
    const { silent, failing } = part.behaves(version, seen.faultAt !== null)
    return silent ? [] : [{ token, measures: { [drillMeasure]: random() < failing ? 1 : 0 } }]
  }
  const send = async (): Promise<void> => {
    const answers: Served[] = []
    for (let one = 0; one < atOnce; one++) {
      const unit = `${key}:${drill.units}`
      const answer = await traffic.assign(key, unit)
      drill.units += 1
      answers.push(answer)
      if (answer.version === part.reverts?.from) seen.probe ??= unit
    }
    const outcomes = answers.flatMap(outcomeOf)
    if (outcomes.length > 0) await traffic.report(outcomes)
  }
  const look = async () => {
    const { items } = await control.experiments.decisions(key, { limit: 100, cursor: null })
    const { detected, wrong } = judge(part, items, seen.faultAt)
    if (wrong) throw new DrillFailed(`${wrong.action} was not to happen${seen.faultAt ? '' : ' before anything went wrong'}: ${wrong.reason}`)
    return detected
  }
  /** Does the unit that had the faulty version get the other one? The moment of the first such answer is kept. */
  const probe = async (): Promise<void> => {
    if (!part.reverts || seen.probe === null || seen.faultAt === null || seen.reverted) return
    const { version } = await traffic.assign(key, seen.probe)
    if (version === part.reverts.to) seen.reverted ??= store.moment()
  }

  await create(ports, part, key)
  const began = elapsed()
  const sent = drill.units
  while (drill.units - sent < part.calm.units || (await store.looks(key, part.calm.units / 2)) < part.calm.looks) {
    await send()
    await look()
    await goOn('Healthy traffic, until the engine has seen it.', `the engine did not look at healthy traffic within ${secondsText(elapsed() - began)}`)
  }

  const faultAt = await store.moment()
  seen.faultAt = faultAt
  if (first) await store.note(id, { faultAt })
  const broke = elapsed()
  const unsubscribe = live.subscribe(() => void probe().catch(() => {}))
  try {
    let detected = await look()
    while (!detected) {
      await send()
      await goOn(`Since ${part.fault}, nothing was decided yet.`, `${part.fault}, and nothing was decided within ${secondsText(elapsed() - broke)}`)
      detected = await look()
    }
    const at = new Date(detected.at)
    if (first) await store.note(id, { detectedAt: at, decision: detected.id })
    const after = `${part.fault}, and ${part.outcome} after ${secondsText(at.getTime() - faultAt.getTime())}`

    if (!part.reverts) {
      const looks = await store.looks(key, 0)
      while ((await store.looks(key, 0)) < looks + steadyLooks) {
        await send()
        await look()
        await goOn(`${after}. Traffic has to stay as it is.`, `${after}, and the engine did not look again`)
      }
      return `${after}, and nobody was rolled back`
    }
    while (!seen.reverted) {
      await probe()
      await goOn(`${after}.`, `${after}, but this node went on to answer version ${part.reverts.from}`)
    }
    const revertedAt = await seen.reverted
    if (first) await store.note(id, { revertedAt })
    return `${after}; version ${part.reverts.to} was answered ${secondsText(Math.max(0, revertedAt.getTime() - at.getTime()))} later`
  } finally {
    unsubscribe()
  }
}
