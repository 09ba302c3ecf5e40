import { describe, expect, it } from 'vitest'
import { statementSets, type Statements } from '../../../src/store/ingest/statements.ts'
import { embedded, mutantOf, onPostgres, outcomeOf } from './playing.ts'
import { observedScopes as scopes } from './world.ts'

const mutant = (name: keyof Statements, right: string, wrong: string) => ({
  scopes, statements: { ...statementSets, observed: mutantOf(statementSets.observed, name, right, wrong) },
})

describe('covariates, segments and quantiles in random histories', () => {
  it.each([21, 22, 23])('are counted exactly by ten connections to PostgreSQL (seed %i)', async (seed) => {
    const result = await onPostgres((databases) => outcomeOf(databases, seed, 3_000, { scopes }))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
    expect(result.unwritten).toBe(0)
    expect(Object.keys(result.answers).sort()).toEqual(['accepted', 'crossed', 'duplicate', 'id_conflict', 'late'])
  })

  it('are counted exactly when embedded', async () => {
    const result = await embedded((database) => outcomeOf([database, database, database], 24, 2_000, { scopes }))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
  })
})

describe('the checker of covariates, segments and quantiles sees', () => {
  it.each([
    ['a value that is not taken back from its sketch', mutant('ingest', 'code, -1 from', 'code, 0 from')],
    ['sums that change only for units without a covariate', mutant('ingest', '(x - px) * u', 'x * u')],
    ['covariates of exposures that are forgotten', mutant('expose', 'c.u * c.u suu', '0::float8 suu')],
    ['a confirmed unit whose past is forgotten', mutant('confirm', 'least(f.x[o], s.ceilings[o]) x', '0::float8 x')],
    ['a history that is counted twice', mutant('confirm', 'case when a is null then b end', 'b')],
    ['segments that lose what they reported', mutant('confirm', 'f.covariates[o] u, f.segments', 'f.covariates[o] u, null::smallint[] segments')],
    ['segments that are not counted with the unit', mutant('ingest', '(c > 0)::int - (pc > 0)::int, c - pc', '0, 0')],
  ])('%s', async (_, mutated) => {
    const { wrong, verified } = await onPostgres((databases) => outcomeOf(databases, 31, 1_200, mutated))
    expect(wrong).not.toEqual([])
    expect(verified).not.toEqual([])
  })
})
