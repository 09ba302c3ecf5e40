import { expect, it } from 'vitest'
import { generatedPrompts } from '../../scripts/pipelines/prompts.ts'
import { type Plan, tellStory } from '../../scripts/pipelines/run.ts'
import { stories } from '../../scripts/pipelines/stories.ts'

const step = (coverage: number) => ({ coverage, hold: 'PT2H', minUnits: 40 })

/** The stages of a pipeline, over fewer visits. With answers of a file: npm run pipelines. */
const shorter: Plan = {
  draft: {
    stages: [
      { allocation: 'shadow' },
      { allocation: 'steps', steps: [step(0.2), step(0.5), step(1)] },
      { allocation: 'bandit', interval: 'PT30M' },
      { allocation: 'switch', bake: { units: 600, keep: 0.1 } },
    ],
    policy: { minDuration: 'PT2H', minUnits: 150 },
  },
  visitsALook: 250, hoursALook: 1, mostHours: 96,
}

const ramps = ['step 1 of 3 in stage 2 of 3', 'step 2 of 3 in stage 2 of 3', 'step 3 of 3 in stage 2 of 3', 'stage 3 of 3']
const turned = 'its answers are empty from here on'
const expected: Record<string, string[]> = {
  good: ['start', ...ramps.map((to) => `ramp to ${to}`), 'promote candidate'],
  spoilt: ['start', 'ramp to step 1 of 3 in stage 2 of 3', turned, 'rollback of candidate'],
  degraded: ['start', 'promote candidate', turned, 'rollback to champion'],
}

const cases = stories.map((story) => [story.key, story.title, story] as const)
it.each(cases)('%s: %s', async (key, _title, story) => {
  const { rows, checks } = await tellStory(story, generatedPrompts(7, 200), shorter, 7)
  const lines = rows.map((row) => JSON.stringify(row)).join('\n')
  for (const { what, found, kept } of checks) expect(kept, `${what}: ${found}\n${lines}`).toBe(true)
  const wanted = new Set(expected[key])
  expect([...new Set(rows.map(({ what }) => what))].filter((what) => wanted.has(what))).toEqual(expected[key])
  expect(rows.every(({ share }) => share !== null)).toBe(true)
})
