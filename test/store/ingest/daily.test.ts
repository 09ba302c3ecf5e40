import { describe, expect, it } from 'vitest'
import { statementSets, type Statements } from '../../../src/store/ingest/statements.ts'
import { embedded, mutantOf, onPostgres, outcomeOf } from './playing.ts'
import { dailyContextualScopes, dailyObservedScopes, dailyScopes as scopes } from './world.ts'

const mutant = (name: keyof Statements, right: string, wrong: string) => ({
  scopes, statements: { ...statementSets, daily: mutantOf(statementSets.daily, name, right, wrong) },
})

describe('generations in random histories', () => {
  it.each([41, 42, 43])('are counted exactly by ten connections to PostgreSQL (seed %i)', async (seed) => {
    const result = await onPostgres((databases) => outcomeOf(databases, seed, 3_000, { scopes }))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
    expect(result.unwritten).toBe(0)
    expect(Object.keys(result.answers).sort()).toEqual(['accepted', 'crossed', 'duplicate', 'id_conflict', 'late'])
  })

  it('are counted exactly beside covariates, segments and quantiles', async () => {
    const result = await onPostgres((databases) => outcomeOf(databases, 44, 2_000, { scopes: dailyObservedScopes }))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
  })

  it('are counted exactly beside contextual bandits', async () => {
    const result = await onPostgres((databases) => outcomeOf(databases, 46, 2_000, { scopes: dailyContextualScopes }))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
  })

  it('are counted exactly when embedded', async () => {
    const result = await embedded((database) => outcomeOf([database, database], 45, 700, { scopes: dailyObservedScopes }))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
  })
})

describe('the checker of generations sees', () => {
  it.each([
    ['a previous value that is not taken back', mutant('ingest', 'case when k.day_unit = excluded.day_unit then k.dx end', 'null')],
    ['an outcome that counts on two days', mutant('ingest', 'and k.counted_as = i.day_unit daily', 'daily')],
    ['tokens of another variant that count', mutant('ingest', ' and t.variant = g.variant today', ' today')],
    ['a day that counts only what the stage does', mutant('ingest', 'then t.dx::float8[] end dx', 'and not f.crossed then t.dx::float8[] end dx')],
    ['units of a day that are not counted', mutant('expose', 'count(*), 0', '0, 0')],
    ['units whose day begins with an outcome and that are not counted', mutant('ingest', 'where day_born = $15::text::uuid', 'where false')],
  ])('%s', async (_, mutated) => {
    // which node meets which revision is chance: a history may go by without what is needed, but not each of four
    let wrong: string[] = []
    for (let seed = 51; seed < 55 && wrong.length === 0; seed++) wrong = (await onPostgres((databases) => outcomeOf(databases, seed, 1_200, mutated))).wrong
    expect(wrong).not.toEqual([])
  })

  it('days that are weighted', async () => {
    const weighted = mutantOf(statementSets.dailyContextual, 'ingest', "coalesce((s.metrics -> 0 ->> 'weighed')::boolean, false)", 'true')
    const statements = { ...statementSets, dailyContextual: weighted }
    const { wrong } = await onPostgres((databases) => outcomeOf(databases, 52, 1_200, { scopes: dailyContextualScopes, statements }))
    expect(wrong).not.toEqual([])
  })
})
