import { describe, expect, it } from 'vitest'
import { type Cell, cellOf, columnsOf, importedShards, stateTableNames, wrongRow } from './tables.ts'

const bounds = { scopes: new Set([3]), variants: 2, metrics: 1 }
const row: Cell[] = [3, 1, 0, 1, 2, '40', 0.1, 3, -2.5e-300, '-0', 7]

describe('rows of statistics', () => {
  it('keep the order of their shards, all of them before those that are counted here', () => {
    expect([...importedShards([7, 0, 3, 0])]).toEqual([[0, -3], [3, -2], [7, -1]])
    expect([...importedShards([-2, -1, 4])]).toEqual([[-2, -3], [-1, -2], [4, -1]])
    expect([...importedShards([])]).toEqual([])
  })

  it('say minus zero, which JSON would lose', () => {
    expect(JSON.parse(JSON.stringify([-0, 0, 1e-310].map(cellOf)))).toEqual(['-0', 0, 1e-310])
  })

  it('are taken when they can be stored', () => {
    expect(wrongRow('moments', [row, row.with(4, 3)], bounds)).toBeNull()
    expect(wrongRow('features', [[3, 1, 0, 0, [1, '-0'], null, null]], bounds)).toBeNull()
    for (const name of stateTableNames) expect(wrongRow(name, [], bounds)).toBeNull()
  })

  it.each([
    ['a scope that is not there', row.with(0, 4), 'there is no scope 4'],
    ['a variant too many', row.with(2, 3), 'there is no variant 3'],
    ['a metric too many', row.with(3, 2), 'there is no metric 2'],
    ['a count that is no text', row.with(5, 40), 'n is no count'],
    ['a sum that is text', row.with(6, '0.1'), 'sx is no float'],
    ['a shard beyond two bytes', row.with(4, 40_000), 'shard is out of range'],
    ['a column too few', row.slice(1), 'expected 11 columns'],
  ])('and not with %s', (_, wrong, message) => {
    expect(wrongRow('moments', [row, wrong], bounds)).toEqual({ row: 1, message: expect.stringContaining(message) })
  })

  it('nor twice', () => {
    expect(wrongRow('moments', [row, row.with(5, '41')], bounds)).toEqual({ row: 1, message: 'is there twice' })
    expect(columnsOf('moments').slice(0, 5).map(([name]) => name)).toEqual(['scope', 'epoch', 'variant', 'metric', 'shard'])
  })
})
