import type { DrillStore } from '../../store/control/drills.ts'
import type { ControlPlane, Live, Log } from '../../deps.ts'

/** One call of /assign, as far as a drill looks at its answer. */
export type Served = { version: string; token: string }

/** The two calls, as they are answered on this node; what they count apart from everybody's. */
export type Traffic = {
  assign(experiment: string, unit: string): Promise<Served>
  report(outcomes: readonly { token: string; measures: Record<string, number> }[]): Promise<void>
}

export type DrillPorts = {
  store: DrillStore
  control: Pick<ControlPlane, 'models' | 'versions' | 'metrics' | 'experiments'>
  traffic: Traffic
  live: Pick<Live, 'subscribe'>
  /** What was written is served here at once, and other nodes are told. */
  published(): Promise<void>
  /** Milliseconds between looks of the engine. */
  intervalMs: number
  log: Log
  random(): number
  /** Rejects, or resolves early, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Milliseconds on a clock that never goes back. */
  elapsed(): number
}
