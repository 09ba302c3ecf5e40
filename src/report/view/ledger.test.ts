import { expect, it } from 'vitest'
import type { DecisionView } from '../../core/tell/views.ts'
import type { Source } from './source.ts'
import { isMoves, ledgerOf } from './ledger.ts'

const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString()

/** Entry `seq`, taken `seq` hours into the year; each move gives b one hundredth more. */
const entry = (seq: number, action = 'reallocate', status: DecisionView['status'] = 'applied'): DecisionView => ({
  id: 100 + seq, seq, at: at(seq), action, status, actor: 'engine', variant: null, reason: 'why', rule: 'rule', evidence: {},
  epochBefore: seq, epochAfter: seq + 1, weightsBefore: [1 - seq / 100, seq / 100], weightsAfter: [1 - (seq + 1) / 100, (seq + 1) / 100],
} as unknown as DecisionView)

const told = (...decisions: DecisionView[]): unknown[] => {
  const source = {
    decisions, older: false, chain: { entries: decisions.length, problems: [] },
    experiment: { variants: [{ key: 'a' }, { key: 'b' }] },
  } as unknown as Pick<Source, 'decisions' | 'older' | 'chain' | 'experiment'>
  return ledgerOf(source).entries.map((one) => isMoves(one)
    ? [one.moves, one.first, one.last, one.rows.length, new Date(one.from).toISOString(), new Date(one.until).toISOString(), one.moved.map(({ key, before, after }) => `${key} ${before} → ${after}`)]
    : [one.seq, one.deed, one.mark])
}

it('folds moves in a row, and numbers what is marked in the charts', () => {
  expect(told(entry(6, 'kill'), entry(5), entry(4), entry(3), entry(2, 'pause'), entry(1, 'start'))).toEqual([
    [6, 'Stopped', 3], [3, 3, 5, 3, at(3), at(5), ['a 97 % → 94 %', 'b 3 % → 6 %']], [2, 'Paused', 2], [1, 'Started', 1],
  ])
})

it('leaves a lone move, and one that was held back, as they are', () => {
  expect(told(entry(4, 'reallocate', 'held'), entry(3), entry(2, 'pause'))).toEqual([[4, 'Held back: move of traffic', null], [3, 'Moved traffic', null], [2, 'Paused', 1]])
})

it('counts moves that were left out, between entries and behind those that are there', () => {
  expect(told(entry(9), entry(8), entry(4, 'pause'), entry(1, 'start'))).toEqual([
    [5, 5, 9, 2, at(4), at(9), ['a 95 % → 90 %', 'b 5 % → 10 %']], [4, 'Paused', 2], [2, 2, 3, 0, at(1), at(4), ['a 98 % → 96 %', 'b 2 % → 4 %']], [1, 'Started', 1],
  ])
  expect(told(entry(3), entry(2))).toEqual([[2, 2, 3, 2, at(2), at(3), ['a 98 % → 96 %', 'b 2 % → 4 %']]])
})
