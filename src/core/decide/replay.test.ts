import { describe, expect, it } from 'vitest'
import { experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import { decideAll } from './decide-all.ts'
import { differencesOf, isWording, replay } from './replay.ts'
import { fromKept, toKept } from '../analyze/kept-json.ts'
import { toldOf } from './told.ts'

const context = { champion: '1', beforePromotion: null, metrics: new Map(), locks: [] }
const looks = { 'promote:qwen': { count: 1, digest: 'before' } }
const winning = experimentAfter(48, [win, slow], [{ arms: [{ units: 6_000, metrics: [2_400, 600] }, { units: 6_000, metrics: [2_900, 600] }] }], {}, { looks })

describe('replay', () => {
  it('leads to the same entry from inputs that were kept', () => {
    const inputs = { kind: 'look' as const, input: winning, analysis: 7, place: 0, facts: null, context }
    const first = replay(inputs)
    expect(first).toMatchObject({
      action: 'promote', variant: 'qwen', status: 'applied', rule: 'promote-superior', experiment: 'assistant', epochBefore: 1, epochAfter: 1,
      evidence: { analysis: 7 }, verdicts: { variants: { qwen: { win: 'PASS', slow: 'PASS' } }, sampleRatio: 'PASS' },
      freshness: { units: { gemma: { exposed: 6_000, matured: 6_000 } } },
      undo: { calls: [{ method: 'POST', path: '/api/experiments/assistant/actions', body: { action: 'rollback' } }] },
    })
    expect(replay(fromKept(toKept(inputs)) as typeof inputs)).toStrictEqual(first)
    expect(replay({ ...inputs, place: 1 })).toBeNull()
  })

  it('leaves the input as it is, so that what is kept afterwards is what was analysed', () => {
    const before = JSON.stringify(toKept(winning))
    decideAll(analyze(winning))
    expect(JSON.stringify(toKept(winning))).toBe(before)
  })

  it('takes a failure that was seen only when it was written', () => {
    const failure = { refused: 'version_not_found' as const, message: 'the model has no version "2"' }
    const again = replay({ kind: 'look', input: winning, analysis: 7, place: 0, facts: null, context, failure })
    expect(again).toMatchObject({ action: 'promote', status: 'failed', undo: { calls: [] }, evidence: { refused: 'version_not_found' } })
    expect(again?.reason).toContain('Not done: the model has no version "2"')
  })
})

describe('what else could have been done', () => {
  it('names what comes later, what the policy forbids, and what stands against a promotion', () => {
    const arms = [{ units: 4_000, metrics: [2_000, 400] }, { units: 4_000, metrics: [1_700, 400] }, { units: 4_000, metrics: [2_000, 700] }, { units: 4_000, metrics: [2_300, 400] }]
    const at = (policy: object) => analyze(experimentAfter(14 * 24, [win, slow], [{ arms }], { policy }, { looks: {} }))
    const analysis = at({})
    const decided = decideAll(analysis)
    expect(decided.decisions.map(({ action }) => action)).toEqual(['kill', 'kill'])
    expect(toldOf(analysis, decided, decided.decisions[0]!).alternatives).toEqual([
      expect.objectContaining({ action: 'conclude', rejected: 'kill comes first' }),
      expect.objectContaining({ action: 'promote', variant: 'phi', rejected: expect.stringMatching(/now .*, needed/) }),
    ])
    const observed = at({ mode: 'observe' })
    const held = decideAll(observed)
    const others = toldOf(observed, held, held.decisions[0]!).alternatives
    expect(others.map(({ action, variant }) => [action, variant])).toContainEqual(['kill', 'qwen'])
    expect(others[0]?.rejected).toBe('the policy does not allow it by itself')
  })
})

describe('differences', () => {
  it('of words alone are told from those of numbers and rules', () => {
    const entry = (reason: string, needed: string | number, rule: string) => ({ reason, rule, evidence: { conditions: [{ needed }] } })
    const found = differencesOf(entry('win is worse', 'above 0', 'loser'), entry('Thumbs up is worse', 'above 0.0', 'guardrail-harm'))
    expect(found.filter((one) => !isWording(one)).map(({ path }) => path)).toEqual(['rule'])
    expect(differencesOf(entry('', 20, ''), entry('', 21, '')).filter((one) => !isWording(one))).toHaveLength(1)
  })


  it.each([
    [{ a: 1 }, { a: 1 }, []],
    [{ a: [{ b: 1 }, 2] }, { a: [{ b: 1.0000000000000002 }, 2] }, ['a[0].b']],
    [{ a: 1, b: { c: null } }, { b: { c: 0 }, d: 'x' }, ['a', 'b.c', 'd']],
    [{ a: [1, 2] }, { a: [1] }, ['a[1]']],
    [{ a: [] }, { a: {} }, ['a']],
  ])('of %j and %j', (one, other, paths) => expect(differencesOf(one, other).map(({ path }) => path)).toEqual(paths))
})
