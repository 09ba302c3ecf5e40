import type { Belief } from '../adaptive/belief.ts'
import type { AnalysisInput } from './analysis-input.ts'
import type { Contrast } from './compare.ts'
import type { ContextualBelief } from '../contextual/belief.ts'
import type { DriftState } from '../define/drift.ts'
import type { Drifting } from '../drift/drifts.ts'
import type { Degradation } from './degradation.ts'
import type { DailyGuardrail } from './generation-tests.ts'
import type { Guardrail } from './guardrails.ts'
import type { Hold } from '../decide/holds.ts'
import type { WindowedGuardrail } from './limits.ts'
import type { Report } from './report.ts'

/** One thing that must hold before a variant is promoted; `kind` says which, for rules. */
export type Condition = {
  kind: 'lock' | 'bake' | 'hold' | 'freeze' | 'evidence' | 'guardrail' | 'signal' | 'split' | 'health' | 'units' | 'duration' | 'looks' | 'steps' | 'dwell' | 'step-units' | 'gate' | 'check' | 'candidate' | 'drill'
  text: string
  met: boolean
  current: string
  needed: string
  /** How many times the data of now it takes, if the estimate stays; null or absent where that foretells nothing. */
  times?: number | null
  /** Milliseconds until it is met, where that is known better; null where nothing foretells it. */
  waitMs?: number | null
}

/** A report with what the rules need beside it. */
export type Analysis = {
  report: Report
  input: AnalysisInput
  /** Every variant against the control, by metric. */
  contrasts: Contrast[]
  /** Decision metrics over the other ordered pairs of live variants: who is worse than somebody. */
  rivals: Contrast[]
  guardrails: Guardrail[]
  /** What holds every gain now: seen at this look, or at one of the last. */
  holds: Hold[]
  /** The same on the units of today and of yesterday, each a test of its own. */
  daily: DailyGuardrail[]
  /** Absolute limits by the last windows of each variant's traffic, likewise. */
  windowed: WindowedGuardrail[]
  /** Variants that fail more often than they used to. */
  degradations: Degradation[]
  /** Distributions that are looked after, of variants that serve; and what is to be kept of all of them. */
  drifting: Drifting[]
  drift: DriftState | null
  /** When drift or a degradation alarmed last, milliseconds since 1970; null where neither ever did. */
  alarmedAt: number | null
  /** What a bandit believes of its arms; null where there is none, or nothing is known. */
  belief: Belief | null
  /** The same of a contextual one, whose arms are better or worse by the attributes of a unit. */
  contextual: ContextualBelief | null
  /** Matured units, by variant ordinal. */
  matured: number[]
  /** Changes exactly when matured data does. */
  digest: string
  /** What stands before what comes next: the next step or stage, else the leading candidate's promotion; empty when nothing can come. */
  conditions: Condition[]
}
