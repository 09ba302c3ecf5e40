import { describe, it } from 'vitest'
import { withTwoNodes } from '../support/two-nodes.ts'

/** Version 2 stands in for the control, and c waits for b to do harm. */
const demo = {
  variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '1' }], fallbacks: ['2'],
  policy: { onHarm: 'roll-through', next: 'c' }, stages: [{ allocation: 'fixed', weights: { a: 0.5, b: 0.5, c: 0 } }],
}

describe.each([['with', true], ['without', false]] as const)('two nodes %s Redis', (_, redis) => {
  it('fallback and roll-through: soon neither serves what a person took out at one of them', () =>
    withTwoNodes(redis, async ({ must, follow }) => {
      const act = (action: string, more: object = {}) => must('POST', '/api/experiments/demo/actions', { action, reason: 'it is rude', ...more })
      await follow('200 a split', '200 b split')
      await act('fallback')
      await follow('200 null fallback', '200 b split')
      await act('enable', { variant: 'a' })
      await follow('200 a split', '200 b split')
      await act('roll-through')
      await follow('200 a split', '200 c split')
    }, demo))
})
