import type { Violation } from '../../errors.ts'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import type { Change } from '../decide/change.ts'
import { servedIn } from '../decide/stage-checks.ts'
import { undoOf } from '../decide/undo.ts'
import type { Context, Refusal } from '../decide/wish.ts'
import type { Frozen, Looks, VariantState } from '../define/definitions.ts'
import { isUnderWay } from '../define/experiment-state.ts'
import { freeze } from '../define/freeze.ts'
import type { Hold } from '../decide/holds.ts'
import { isDriftPlan } from '../drift/drifts.ts'
import { refuseLocked, refuseUnready } from '../planners/planner.ts'
import { comparableOf, countedAs, mismatches } from './comparable.ts'
import type { StateDocument } from './document.ts'
import { stateTableNames, wrongRow } from './tables.ts'

const invalid = (violations: Violation[]): Refusal =>
  ({ refused: 'invalid_definition', message: `${violations[0]!.path}: ${violations[0]!.message}`, violations })

const differs = (violations: Violation[]): Refusal => ({
  refused: 'conflict', violations,
  message: `what was learned is of another experiment: ${violations[0]!.path} ${violations[0]!.message}`,
})

/** What in a document contradicts itself; empty when it can be stored. */
export const contradictions = (document: StateDocument): Violation[] => {
  const { scopes, epochs, variants, metrics, frozen, tables, state } = document
  const found: Violation[] = []
  const report = (path: string, message: string): void => void found.push({ path, message })
  const kinds = new Map<number, string>()
  scopes.forEach(({ id, kind, parent, shadowOf, variant, strata }, index) => {
    const at = `scopes[${index}]`
    if (kinds.has(id)) report(`${at}.id`, 'is there twice')
    const of = kind === 'generation' ? parent : shadowOf
    const belongs = kind === 'generation' || kind === 'shadow'
    if (belongs && (of === null || !['stage', 'bake'].includes(kinds.get(of) ?? ''))) report(at, 'belongs to no scope before it')
    if ((parent !== null) !== (kind === 'generation') || (shadowOf !== null) !== (kind === 'shadow')) report(at, `is of kind ${kind}`)
    if ((variant !== null) !== (kind === 'shadow') || (variant ?? 0) >= variants.length) report(`${at}.variant`, 'is no candidate')
    if (strata !== null && kind !== 'generation') report(`${at}.strata`, 'is of generations alone')
    kinds.set(id, kind)
  })
  if (!['stage', 'bake'].includes(kinds.get(document.scope) ?? '')) report('scope', 'is none of the scopes of a stage')
  epochs.forEach(({ epoch, scope, weights, endedAt }, index) => {
    const at = `epochs[${index}]`
    const open = endedAt === null
    if (epoch !== index + 1) report(`${at}.epoch`, `expected ${index + 1}`)
    if (!['stage', 'bake'].includes(kinds.get(scope) ?? '')) report(`${at}.scope`, 'is none of the scopes of a stage')
    if (weights.length !== variants.length) report(`${at}.weights`, `expected ${variants.length}`)
    if (open !== (isUnderWay(state) && index === epochs.length - 1)) {
      report(`${at}.endedAt`, open ? 'must be told: others follow, or it has ended' : 'must be null: the experiment goes on in it')
    }
  })
  if (document.drift !== null && !kinds.has(document.drift.scope)) report('drift.scope', 'is none of the scopes')
  const last = epochs.at(-1)
  if (last?.epoch !== document.epoch || last.scope !== document.scope) report('epoch', 'is not the last of the scope in force')
  // what is counted for its distribution alone is compared by nobody, and nothing is planned for it
  const compared = metrics.filter((plan) => !isDriftPlan(plan as unknown as MetricPlan)).length
  if (frozen.plannedUnits.length !== compared) report('frozen.plannedUnits', `expected ${compared}`)
  if (document.winner !== null && !variants.some(({ key }) => key === document.winner)) report('winner', 'is no variant')
  if (isUnderWay(state) !== (document.endedAt === null)) report('endedAt', `does not go with the state ${state}`)
  const bounds = { scopes: new Set(kinds.keys()), variants: variants.length, metrics: metrics.length }
  for (const name of stateTableNames) {
    const wrong = wrongRow(name, tables[name], bounds)
    if (wrong) report(`tables.${name}[${wrong.row}]`, wrong.message)
  }
  return found
}

/** Units whose numbers a document holds, each once a scope that traffic was compared in. */
export const unitsIn = ({ scopes, tables }: StateDocument): number => {
  const own = new Set(scopes.filter(({ kind }) => kind === 'stage' || kind === 'bake').map(({ id }) => id))
  return tables.moments.reduce((sum, row) => (own.has(row[0] as number) && row[3] === 0 ? sum + Number(row[5]) : sum), 0)
}

const named = ({ key, version, control }: Pick<VariantState, 'key' | 'version' | 'control'>): object => ({ key, version, control })

type Wished = { actor: string; reason: string; definitionDigest: string }

/**
 * What importing does to a draft, or why it may not be done: the experiment goes on where it was elsewhere, in a new epoch
 * with the traffic of the last one; one that had ended is there to be read, and to start others from. It takes what a start
 * takes: versions that are ready, and the model's units.
 */
export const planImport = (
  draft: ExperimentFacts, document: StateDocument, context: Context, { actor, reason, definitionDigest }: Wished,
): Change | Refusal => {
  const { state, variants } = document
  if (draft.state !== 'draft') {
    return { refused: 'immutable', message: `"${draft.key}" is ${draft.state}; what was learned is imported into a draft only` }
  }
  const { metrics } = freeze(draft.definition, context.metrics)
  const differences = [
    ...mismatches(document.definition, comparableOf(draft.definition)),
    ...mismatches(document.metrics, metrics.map(countedAs), 'metrics'),
    ...mismatches(variants.map(named), draft.variants.map(named), 'variants'),
  ]
  if (differences.length > 0) return differs(differences)
  const wrong = contradictions(document)
  if (wrong.length > 0) return invalid(wrong)

  const goesOn = isUnderWay(state)
  const control = draft.variants.find((one) => one.control)
  const begin = { action: 'start' as const, reason, actor }
  if (goesOn) {
    const won = variants.find(({ key }) => key === document.winner)?.version
    if (state === 'baking' && context.champion !== won) {
      return { refused: 'conflict', message: `it bakes version "${won}", and the model serves "${context.champion ?? 'none'}"; make it the champion first` }
    }
    const locked = context.champion === null ? refuseLocked(begin, control?.version, context) : null
    if (locked) return locked
    const unready = refuseUnready(draft, begin, context, variants.map(({ key }) => key), [servedIn({ ...draft, variants: variants as VariantState[] }, document.stage)])
    if (unready) return unready
  }
  const last = document.epochs.at(-1)!
  return {
    experiment: draft.id, revision: draft.revision, state, metrics,
    frozen: document.frozen as Frozen, variants: variants as VariantState[], looks: document.looks as Looks, holds: document.holds as Hold[],
    ...(document.winner !== null && { winner: document.winner }),
    position: { stage: document.stage, step: document.progress?.step ?? 0 },
    imported: document,
    ...(goesOn && { next: { cause: 'action', scope: 'same', coverage: last.coverage, weights: last.weights } }),
    ...(goesOn && context.champion === null && control ? { champion: control.version, championBefore: null } : {}),
    account: {
      actor, reason, action: 'import', mode: 'manual', status: 'applied', variant: null, rule: 'manual',
      evidence: {
        from: document.experiment, exportedAt: document.exportedAt, digest: document.digest, definitionDigest,
        epochs: document.epochs.length, units: unitsIn(document),
      },
      undo: goesOn ? undoOf(draft, { action: 'start' }, { state }) : { text: 'What was imported stays; it gives no traffic.', calls: [] },
    },
  }
}
