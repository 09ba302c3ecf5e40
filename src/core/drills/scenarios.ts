import { CreateExperiment, type MetricDefinition } from '../define/definitions.ts'
import { completenessKey } from '../define/reporting.ts'
import type { LedgerEntry } from '../decide/ledger.ts'
import type { DrillType } from './drill.ts'

/** What units of a version tell: nothing, or a failure with this chance. */
export type Behaviour = { silent: boolean; failing: number }

/** What an entry of the ledger must be, for a drill. */
export type Seen = Pick<LedgerEntry, 'action' | 'actor' | 'status' | 'at' | 'reason' | 'rule' | 'variant' | 'evidence'> & { id: number }

/** One rehearsal: an experiment of its own, what goes wrong in it, and what has to come of that. */
export type Part = {
  name: string
  /** What it is called in sentences: "the candidate began to fail". */
  fault: string
  metric: Pick<MetricDefinition, 'reports'>
  experiment: Partial<CreateExperiment>
  behaves(version: string, faulty: boolean): Behaviour
  /** What has to come before the fault: units, and looks of the engine at half of them. A breaker weighs the calls of the last minute, so that few are to be healthy. */
  calm: { units: number; looks: number }
  expects(entry: Seen): boolean
  /** What the expected decision is called: "it was rolled back". */
  outcome: string
  /** Units of this version must get the other one afterwards; null where traffic has to stay. */
  reverts: { from: string; to: string } | null
}

/** The measure that the traffic of drills reports: 1 for a call that failed. */
export const drillMeasure = 'drill_failed'
/** The versions of a synthetic model: what stands in, what is champion, what is tried. */
export const drillVersions = ['0', '1', '2'] as const
const [standIn, old, candidate] = drillVersions

const well: Behaviour = { silent: false, failing: 0.01 }
const silent: Behaviour = { silent: true, failing: 0 }
const failing = (share: number): Behaviour => ({ silent: false, failing: share })

/** Only the breaker may act, or only silence. */
const unguarded = { unguarded: true }
const breaking: Partial<CreateExperiment> = { ...unguarded, metrics: [{ metric: drillMeasure, role: 'diagnostic', breaker: true }] }
/** Silence is judged by epochs that are over, so they are short. */
const impatient: Partial<CreateExperiment> = { ...unguarded, metrics: [{ metric: drillMeasure, role: 'diagnostic' }], epochLength: 'PT2S', reportBy: 'PT2S' }

const briefly = { units: 30, looks: 0 }

const silentHold = (entry: Seen): boolean =>
  entry.action === 'hold' && Array.isArray(entry.evidence['begun']) &&
  entry.evidence['begun'].some(({ reason }: { reason?: unknown }) => reason === 'no_outcome' || reason === 'outcome_lag')

/** What each drill does. */
export const scenarios: Record<DrillType, readonly Part[]> = {
  rollback: [{
    name: 'rollback', fault: 'the candidate began to fail', metric: {}, calm: { units: 200, looks: 1 },
    experiment: { metrics: [{ metric: drillMeasure, role: 'guardrail', margin: 0.05 }] },
    behaves: (version, faulty) => (faulty && version === candidate ? failing(0.5) : well),
    expects: ({ action, rule }) => action === 'rollback' && rule === 'guardrail-harm', outcome: 'it was rolled back',
    reverts: { from: candidate, to: old },
  }],
  breaker: [{
    name: 'breaker', fault: 'every call of the candidate failed', metric: {}, experiment: breaking, calm: briefly,
    behaves: (version, faulty) => (faulty && version === candidate ? failing(1) : well),
    expects: ({ action, variant }) => action === 'quarantine' && variant === 'candidate', outcome: 'it was quarantined',
    reverts: { from: candidate, to: old },
  }],
  fallback: [{
    name: 'fallback', fault: 'every call of the control failed', metric: {}, experiment: { ...breaking, fallbacks: [standIn] }, calm: briefly,
    behaves: (version, faulty) => (faulty && version === old ? failing(1) : well),
    expects: ({ action, variant }) => action === 'fallback' && variant === 'control', outcome: 'a fallback stood in for it',
    reverts: { from: old, to: standIn },
  }],
  silence: [
    {
      name: 'silence', fault: 'the candidate reported nothing', metric: { reports: 'every' }, experiment: impatient, calm: { units: 200, looks: 2 },
      behaves: (version, faulty) => (faulty && version === candidate ? silent : well),
      expects: ({ action, rule }) => action === 'rollback' && rule === completenessKey, outcome: 'it was rolled back',
      reverts: { from: candidate, to: old },
    },
    {
      name: 'all-silent', fault: 'nobody reported anything', metric: { reports: 'every' }, experiment: impatient, calm: { units: 200, looks: 3 },
      behaves: (_, faulty) => (faulty ? silent : well),
      expects: silentHold, outcome: 'everything was held',
      reverts: null,
    },
  ],
}

/** The metric and the experiment of a part, as anybody would define them but for their key. */
export const definitionsOf = (part: Part, key: string): { metric: MetricDefinition; experiment: CreateExperiment } => {
  const experiment = CreateExperiment.parse({
    key: 'drill', model: 'drill',
    variants: [{ key: 'control', version: old, control: true }, { key: 'candidate', version: candidate }],
    stages: [{ allocation: 'fixed' }],
    policy: { minUnits: 0, minDuration: 'PT0S', maxDuration: 'P1D', autoPromote: false, onHarm: 'rollback' },
    ...part.experiment,
  })
  return {
    metric: { ...part.metric, key, kind: 'conversion', measure: drillMeasure, direction: 'decrease' },
    experiment: { ...experiment, key, model: key, metrics: experiment.metrics.map((one) => ({ ...one, metric: key })) },
  }
}
