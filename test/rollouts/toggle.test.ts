import { describe, it } from 'vitest'
import { withTwoNodes } from '../support/two-nodes.ts'

const split = ['200 a split', '200 b split']

describe.each([['with', true], ['without', false]] as const)('two nodes %s Redis', (_, redis) => {
  it('toggle, kill switch: soon neither serves a variant or a model that was switched off at one of them, until it is on again', () =>
    withTwoNodes(redis, async ({ must, follow }) => {
      await follow(...split)
      await must('POST', '/api/experiments/demo/actions', { action: 'disable', variant: 'b', reason: 'it is ill' })
      await follow('200 a split')
      await must('POST', '/api/experiments/demo/actions', { action: 'enable', variant: 'b', reason: 'it is well' })
      await follow(...split)
      await must('PATCH', '/api/models/demo', { enabled: false })
      await follow('200 null disabled')
      await must('PATCH', '/api/models/demo', { enabled: true })
      await follow(...split)
    }))
})
