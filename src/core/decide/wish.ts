import type { ErrorCode, Violation } from '../../errors.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import type { LockedVersion } from '../models/champion.ts'
import type { Account, Change } from './change.ts'
import type { VersionGate } from '../models/checks.ts'
import type { MetricDefinition, VariantState } from '../define/definitions.ts'
import type { Hold } from './holds.ts'
import type { Told } from './ledger.ts'
import type { Throttled } from './throttle.ts'
import type { OpenPostMortem } from '../tell/post-mortem.ts'

/** What breakers do: to a variant (quarantine, try, let go), and to the control (something stands in, and no more). */
export type BreakerAction = 'quarantine' | 'probe' | 'release' | 'fallback' | 'restore'

/** What a person or the engine wants. `roll-through` hands the traffic of harmful variants on, `conclude` ends without a winner because the time is over. */
export type Wish = {
  action: 'start' | 'pause' | 'resume' | 'enable' | 'disable' | 'promote' | 'kill' | 'rollback' | 'roll-through' | 'stop' | 'emergency-stop' | 'acknowledge' | 'archive' | 'ramp' | 'approve' | 'reject' | 'conclude' | 'reallocate' | 'hold' | 'throttle'
    | BreakerAction
  variant?: string | null
  /** Of approve and reject: which gate, where there are two. */
  gate?: string | undefined
  reason: string
  actor: string
  /** `manual` unless told. */
  mode?: Account['mode']
  /** The rule that led here; `manual` unless told. */
  rule?: string
  evidence?: Account['evidence']
  /** What the entry tells of the look beside the evidence. */
  look?: Told
  /** Of a reallocation: the next epoch. */
  traffic?: Pick<Change, 'next' | 'frozen'>
  /** Of a hold: what holds from now on. */
  holds?: Hold[]
  /** Of a throttle: what enrolment is cut to, and why. */
  throttle?: Throttled
  /** Of a breaker's action: the variants as they stand afterwards. */
  variants?: VariantState[]
}

/** What is known beside the experiment's own row. */
export type Context = {
  /** The version the model serves now. */
  champion: string | null
  /** What it served before this experiment's promotion; null when nothing was promoted or nothing was there. */
  beforePromotion: string | null
  /** The experiment's metrics by key; only `start` looks at them. */
  metrics: ReadonlyMap<string, MetricDefinition>
  /** Versions of the model that may not become champion; none unless told. */
  locks?: readonly LockedVersion[]
  /** Versions that may stand in where the one to go back to may not serve, in order; none unless told. */
  fallbacks?: readonly string[]
  /** Versions that may stand in for the control now, in order; only a person's `fallback` looks at them. */
  standIns?: { versions: readonly string[]; now: Date }
  /** What keeps the variants' versions from serving anybody, or does not; absent: nothing does. */
  gates?: readonly VersionGate[]
  /** Post-mortems of the model that nobody has signed; only `acknowledge` looks at them. */
  postMortems?: readonly OpenPostMortem[]
  /** The earlier experiment from which a bandit starts; only `start` looks at it. */
  earlier?: AnalysisInput | null
}

/** `path` is the field of the wish that is wrong, where one is; `violations` are of the definition. */
export type Refusal = { refused: ErrorCode; message: string; path?: string; violations?: Violation[] }
