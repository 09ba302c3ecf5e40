/** Anything JSON can say. Payloads are opaque to us and travel as they came. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Attributes = Readonly<Record<string, Json>>

/** A JSON Logic rule after compilation; handed in, because this folder imports nothing. */
export type Rule = (attributes: Attributes) => boolean

export type Stickiness = 'hash' | 'first-touch' | 'none'

/** One model as nodes serve it. `watch` is the scope that counts outcomes of the champion's traffic. */
export type SnapshotModel = {
  id: number
  key: string
  enabled: boolean
  /** What randomised units are called where no experiment says it; part of the unit's keyed hash. */
  unitType: string
  champion: { version: string; payload: Json; watch: number } | null
  fallbacks: { version: string; payload: Json }[]
}

/**
 * One arm. Its position in `variants` is its ordinal: fixed at creation, stored in tokens and rows. In a bake the winner
 * comes twice, the second time as the last one.
 */
export type SnapshotVariant = {
  key: string
  /** What the draw hashes instead of `key`, where two arms have the same. */
  drawKey?: string
  version: string
  payload: Json
  /** Share of the enrolled units, in [0, 1]; 0 for a killed or disabled arm. */
  weight: number
  control: boolean
  /** `live` arms may hold units; `killed` and `disabled` ones hand them on; those of a `quarantined` one are served otherwise meanwhile. */
  status: 'live' | 'killed' | 'disabled' | 'quarantined'
  /** Of a quarantined arm: the part of its units that try it, in [0, 1]. */
  probes?: number
  /** The first epoch whose assignments tell of its health now; all do, unless told. */
  healthFrom?: number
  /** Scope of the version's watch, for answers that are not analysed (override, killed_reassigned). */
  watch: number
}

/** One running, paused or baking experiment: the epoch in force and everything needed to assign. */
export type SnapshotExperiment = {
  id: number
  key: string
  model: string
  unitType: string
  stickiness: Stickiness
  salt: string
  scope: number
  epoch: number
  coverage: number
  /** Units whose layer hash lies in [from, to) may enter. */
  layer: { key: string; from: number; to: number } | null
  /** JSON Logic over `attributes`. */
  audience: Json
  /** Keyed unit hash (32 hex digits) → variant ordinal. */
  overrides: Record<string, number>
  variants: SnapshotVariant[]
  /** Absent when it asks for nothing. */
  observes?: Observes
  /** How an outcome tells that a call failed; absent where no metric says so. */
  breaker?: FailureRule[]
  /** What units of quarantined arms get while the control is one of them, and the champion's where it is what fails (`champion`). */
  fallback?: { version: string; payload: Json; watch: number; champion: boolean }
  /** Variants to be called beside the control, whose answers count apart; absent where there are none. */
  shadows?: Shadow[]
  /** What callers may try by themselves, where the experiment has a list of its own. */
  fallbacks?: { version: string; payload: Json }[]
  /** Calls a second that a candidate may get, and the part of enrolment that `coverage` lets in for that; absent without a cap. */
  cap?: { maxRps: number; throttle: number }
  /** How a unit's attributes decide its chances; absent where they do not, or not yet. */
  contextual?: { context: Context; rule: ContextRule }
  /** Where units return and something is guarded: the scope in which each day counts anew. See `Generation`. */
  generation?: { scope: number; strata: 'served' | 'exposed' | null }
}

/** A candidate in the shadow of the control: `scope` counts its outcomes. */
export type Shadow = { variant: number; scope: number; sampleRate: number }

/** A call failed when this measure is not 0, or is beyond the threshold. */
export type FailureRule = { measure: string; threshold: { above: number } | { below: number } | null }

/** The attributes that a contextual bandit looks at. */
export type Context = {
  numeric: { attribute: string; center: number; scale: number; min?: number | undefined; max?: number | undefined }[]
  /** Values as texts; all others are one. */
  categorical: { attribute: string; values: string[] }[]
}

/**
 * What is believed of one arm's reward, as a linear function of the features: its coefficients, and by rows the lower triangle of
 * R with standard deviation |R φ|. `held` arms get the floor alone.
 */
export type ContextArm = { variant: number; held: boolean; mean: number[]; root: number[] }

/**
 * By which a contextual bandit draws while an epoch lasts: arms that are not named, but have a weight, get the floor.
 * `trust`, in [0, 1], is how much the chances to be best count beside equal ones; `moves` how often they have moved.
 */
export type ContextRule = { floor: number; cap: number; trust: number; moves: number; arms: ContextArm[] }

/** The compiled configuration that a node serves from; published whole, replaced by a greater `version` only. */
export type Snapshot = {
  format: 1
  version: number
  models: SnapshotModel[]
  experiments: SnapshotExperiment[]
  /** Experiments that exist but do not run: a draft answers 409, an ended one the model's champion. */
  dormant: { key: string; model: string; state: 'draft' | 'ended' }[]
}

/** What an experiment wants to know of its units when they are exposed, to be read from their attributes. */
export type Observes = {
  /** Attribute per metric ordinal; null where a metric needs none from the request. Empty when no metric is adjusted. */
  covariates: (string | null)[]
  /** Attributes that the report is broken down by. */
  segments: string[]
  /** Whose features are frozen with a unit; absent where no stage is contextual. */
  context?: Context
}

export type Reason =
  | 'split' | 'sticky' | 'override' | 'not_enrolled' | 'not_targeted' | 'layer'
  | 'champion' | 'disabled' | 'fallback' | 'killed_reassigned' | 'quarantined'

/** What `assign` decided. Only `split` and `sticky` units are analysed. */
export type Decision = {
  readonly reason: Reason
  /** Ordinal of the variant; −1 for the model's champion. */
  readonly variant: number
  /** The chance, in (0, 1], of this variant being drawn; null where nothing was drawn. */
  readonly propensity: number | null
  /** The quarantined arm that the unit belongs to, where it is served otherwise. */
  readonly instead?: number
}
