import type { CompiledVariant } from '../assign/compile.ts'
import { isRehearsal } from '../core/drills/keys.ts'
import type { Deps } from '../deps.ts'
import type { Served } from './data/answers.ts'
import type { Reported } from './data/outcomes.ts'
import { heading, sample, type Stats } from './stats.ts'

type Counted = {
  stats: Stats
  served(): Iterable<Served>
  reported: Reported
  authFailures: ReadonlyMap<string, number>
}

/** What outcomes are called in metrics: the conflict of an id is a rejection. */
const results = { accepted: 'accepted', late: 'late', crossed: 'crossed', duplicate: 'duplicate', id_conflict: 'rejected', rejected: 'rejected' } as const

const outcomesText = (reported: Reported): string => {
  const sums = new Map<string, number>()
  for (const [result, name] of Object.entries(results)) {
    sums.set(name, (sums.get(name) ?? 0) + reported[result as keyof Reported])
  }
  const name = 'contender_outcomes_total'
  return heading(name, 'counter', 'Outcomes by what became of them.') + [...sums].map(([result, count]) => sample(name, { result }, count)).join('')
}

const servedText = (served: Iterable<Served>): string => {
  const name = 'contender_assignments_total'
  return (
    heading(name, 'counter', 'Assignments answered.') +
    [...served].map(({ experiment, variant, reason, count }) => sample(name, { experiment, variant, reason }, count)).join('')
  )
}

const snapshotText = (live: Deps['live']): string => {
  const age = live.ageMs() / 1_000
  return (
    heading('contender_snapshot_age_seconds', 'gauge', 'Time since the database last confirmed the snapshot.') +
    sample('contender_snapshot_age_seconds', {}, Number.isFinite(age) ? age : -1) +
    heading('contender_snapshot_version', 'gauge', 'Version of the snapshot in force.') +
    sample('contender_snapshot_version', {}, live.current()?.version ?? 0)
  )
}

/** 1 while open, 0.5 while half-open; of experiments with breakers alone. */
const breakersText = (live: Deps['live']): string => {
  const name = 'contender_breaker_open'
  const watched = [...(live.current()?.experiments.values() ?? [])].filter(({ breaker, key }) => breaker && !isRehearsal(key))
  const valueOf = ({ status, probes = 0 }: CompiledVariant): number => (status !== 'quarantined' ? 0 : probes > 0 ? 0.5 : 1)
  return (
    heading(name, 'gauge', 'Is a variant quarantined (1), or tried by some of its units (0.5)?') +
    watched
      .flatMap(({ key, variants }) => variants.filter(({ drawKey }) => drawKey === undefined).map((one) => sample(name, { experiment: key, variant: one.key }, valueOf(one))))
      .join('')
  )
}

const failuresText = (failures: ReadonlyMap<string, number>): string => {
  const name = 'contender_auth_failures_total'
  return heading(name, 'counter', 'Keys that were refused.') + [...failures].map(([reason, count]) => sample(name, { reason }, count)).join('')
}

/** Everything that Prometheus reads: what the routes counted, and what their surroundings did. */
export const metricsText = (deps: Pick<Deps, 'live' | 'health'>, counted: Counted) => async (): Promise<string> =>
  counted.stats.text() +
  servedText(counted.served()) +
  outcomesText(counted.reported) +
  failuresText(counted.authFailures) +
  snapshotText(deps.live) +
  breakersText(deps.live) +
  (await deps.health.metrics())
