import { describe, expect, it } from 'vitest'
import { statementSets, type Statements } from '../../../src/store/ingest/statements.ts'
import { embedded, mutantOf, onPostgres, outcomeOf } from './playing.ts'
import { contextualScopes as scopes } from './world.ts'

const mutant = (name: keyof Statements, right: string, wrong: string) => ({
  scopes, statements: { ...statementSets, contextual: mutantOf(statementSets.contextual, name, right, wrong) },
})

describe('propensities and features in random histories', () => {
  it.each([41, 42])('are counted exactly by ten connections to PostgreSQL (seed %i)', async (seed) => {
    const result = await onPostgres((databases) => outcomeOf(databases, seed, 3_000, { scopes }))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
    expect(result.unwritten).toBe(0)
    expect(Object.keys(result.answers).sort()).toEqual(['accepted', 'crossed', 'duplicate', 'id_conflict', 'late'])
  })

  it('are counted exactly when embedded', async () => {
    const result = await embedded((database) => outcomeOf([database, database], 43, 700, { scopes }))
    expect(result.wrong).toEqual([])
    expect(result.verified).toEqual([])
  })
})

describe('the checker of propensities and features sees', () => {
  it.each([
    ['a correction that is not weighted', mutant('ingest', '(x * x - px * px) / propensity ^ 2', '(x * x - px * px)')],
    ['units that are weighted twice', mutant('expose', '1 / propensity w,', '2 / propensity w,')],
    ['products of features that are forgotten', mutant('expose', 'where weighed and b.i <= a.i', 'where weighed and b.i < a.i')],
    ['rewards that are not taken back', mutant('ingest', '(1, x - px)', '(1, x)')],
    ['a confirmed unit whose features are forgotten', mutant('confirm', 'not f.known_by', 'f.known_by')],
  ])('%s', async (_, mutated) => {
    const { wrong, verified } = await onPostgres((databases) => outcomeOf(databases, 44, 1_200, mutated))
    expect(wrong).not.toEqual([])
    expect(verified).not.toEqual([])
  })
})
