import { featured, weighed, weighs } from './contextual.ts'
import { covariatesOf, covaried, segmented } from './observed.ts'

/** Which parts a statement has: those of covariates and segments, with them those of contextual bandits, those of generations. */
export type Parts = { observed: boolean; contextual: boolean; daily: boolean }

/** A part that only some sets have. */
export type Only = (text: string) => string
export const onlyIf = (has: boolean): Only => (text) => (has ? text : '')

/** Whether the scope of a row keeps weighted sums. */
export const ofScope = (row: string): string => `cross join lateral (select ${weighs('metrics')} weighed from scopes where id = ${row}.scope limit 1) k\n  `

/**
 * What is inserted of exposures: the first of each unit, of several in one statement a reported one before a rebuilt one.
 * Of a unit's day that is drawn by what it got first, epoch and chance are those of that exposure.
 *
 * @param columns of the statement, from $1 on, with their types
 * @param next    the number of the first parameter that the sets add
 */
const exposures = ({ observed, contextual, daily }: Parts, columns: readonly (readonly [name: string, type: string])[], next: number): string => {
  const all = [
    ...columns, ...(observed ? [['covariates', 'text'], ['segments', 'text']] as const : []),
    ...(contextual ? [['features', 'text']] as const : []),
    ...(daily ? [['drawn_in', 'int'], ['drawn_as', 'uuid']] as const : []),
  ]
  const numbered = all.map(([, type], index) => `$${index < columns.length ? index + 1 : next + index - columns.length}::text::${type}[]`)
  const rebuilt = columns.some(([name]) => name === 'rebuilt')
  const [epoch, propensity] = daily ? ['coalesce((t.epoch >> 16 << 16) + d.epoch % 65536, t.epoch)', 'coalesce(d.propensity, t.propensity)'] : ['t.epoch', 't.propensity']
  return `
  select t.scope, t.unit, ${epoch}, t.variant, ${propensity}, to_timestamp(t.exposed / 1000.0), $8::text::uuid${rebuilt ? ', t.rebuilt' : ''}${
    observed ? `, ${covariatesOf('t')}, t.segments::smallint[]` : ''}${contextual ? ', t.features::float8[]' : ''}
  from (
    select distinct on (scope, unit) *
    from unnest(${numbered.join(', ')}) t(${all.map(([name]) => name).join(', ')})${
      rebuilt ? "\n    where current_setting('contender.statement', true) = $8::text" : ''}
    order by scope, unit${rebuilt ? ', rebuilt' : ''}, exposed, epoch, variant${observed ? ', covariates, segments' : ''}${contextual ? ', features' : ''}
  ) t${daily ? `
  left join lateral (select epoch, propensity from units where scope = t.drawn_in and unit = t.drawn_as and variant = t.variant limit 1) d on true` : ''}
  order by t.scope, t.unit`
}

const exposed = [['scope', 'int'], ['unit', 'uuid'], ['epoch', 'int'], ['variant', 'smallint'], ['propensity', 'float8'], ['exposed', 'float8']] as const

/** What is known of a unit besides. */
const known = ({ observed, contextual }: Parts): string => `${onlyIf(observed)(', covariates, segments')}${onlyIf(contextual)(', features')}`

// Outside of the transaction that counts them, where a driver may send a statement again, it inserts none.
export const meet = (parts: Parts): string => `
insert into units (scope, unit, epoch, variant, propensity, exposed, born, rebuilt${known(parts)})
${exposures(parts, [...exposed, ['rebuilt', 'boolean']], 9)}
on conflict do nothing`

export const expose = (parts: Parts): string => {
  const [only, context] = [onlyIf(parts.observed), onlyIf(parts.contextual)]
  return `
with ${context('entered') || 'born'} as (
  insert into units (scope, unit, epoch, variant, propensity, exposed, born${known(parts)})
  ${exposures(parts, exposed, 9)}
  on conflict do nothing returning scope, epoch, variant${known(parts)}${context(`, propensity
), born as (
  select n.*, weighed from entered n ${ofScope('n')}`)}
), rolled as (
  insert into rollups as r (scope, epoch, variant, metric, shard, n, sx, sy, sxx, sxy, syy)
  select scope, epoch, variant, 0, $7::text::smallint, count(*), 0, 0, 0, 0, 0
  from born group by scope, epoch, variant order by scope, epoch, variant
  on conflict (scope, epoch, variant, metric, shard) do update set n = r.n + excluded.n
${only(`), covaried as (${covaried('$7', false)}
), segmented as (${segmented('$7', false)}
`)}${context(`), weighed as (${weighed('$7', false)}
), featured as (${featured('$7', false)}
`)})
select count(*)::int n from born`
}
