import { Refused } from '../../src/client/api.ts'
import type { World } from '../acceptance/world.ts'

/**
 * Where a story is at a look. `hours`: since the start; `promotedFor`: since the promotion became final, null before;
 * `steps`: how many the stage has.
 */
export type Standing = {
  state: string
  allocation: string
  step: number
  steps: number
  hours: number
  promotedFor: number | null
  champion: string | null
}

/** What is left at the end. `share`: what the candidate gets of all that comes; `rules`: of all entries so far. */
export type Ending = Standing & { share: number; rules: readonly string[] }

export type Story = {
  key: string
  title: string
  /** From when on the candidate's answers are empty; never in a good story. */
  turnsBad(standing: Standing): boolean
  /** Is there nothing left to wait for? */
  over(ending: Ending): boolean
  /** What is not as it should be at the end; empty when all is. */
  wrongs(ending: Ending, world: World, key: string): Promise<string[]>
}

/** The versions by what they are. */
export const small = 'champion'
export const large = 'candidate'

/** Hours after a promotion in which nothing must happen. */
const calm = 24

const unless = (holds: boolean, wrong: string): string[] => (holds ? [] : [wrong])

const served = ({ champion, share }: Ending, by: string): string[] => [
  ...unless(champion === by, `the champion is ${champion}, not the ${by}`),
  ...unless(share === (by === large ? 1 : 0), `the candidate gets ${(100 * share).toFixed(1)} % of what comes`),
]

/** Is the candidate kept from becoming champion, and is there a draft that says what happened? */
const lockedAndTold = async ({ api }: World, key: string): Promise<string[]> => {
  const asked = api('PUT', `/api/models/${key}/champion`, { version: large, reason: 'is it locked?' })
  const refused = await asked.then(() => null, (error: unknown) => error)
  type Drafts = { items: { experiment: string; locked: string[] }[] }
  const { items } = await api<Drafts>('GET', '/api/post-mortems?open=true')
  const draft = items.find(({ experiment }) => experiment === key)
  return [
    ...unless(refused instanceof Refused && refused.code === 'version_locked', 'the candidate may serve again'),
    ...unless(draft?.locked.includes(large) === true, 'there is no draft of a post-mortem that locks it'),
  ]
}

export const stories: readonly Story[] = [
  {
    key: 'good', title: 'The candidate is better, and replaces the champion',
    turnsBad: () => false,
    over: ({ promotedFor }) => promotedFor !== null && promotedFor >= calm,
    async wrongs(ending) {
      return [...unless(ending.state === 'promoted', `it is ${ending.state}`), ...served(ending, large)]
    },
  },
  {
    key: 'spoilt', title: 'The candidate turns bad half-way: its answers become empty',
    turnsBad: ({ allocation, step, steps }) => allocation === 'steps' && step >= Math.floor(steps / 2),
    over: ({ state }) => state === 'rolled_back',
    async wrongs(ending, world, key) {
      return [
        ...unless(ending.state === 'rolled_back', `it is ${ending.state}`), ...served(ending, small),
        ...(await lockedAndTold(world, key)),
      ]
    },
  },
  {
    key: 'degraded', title: 'The new champion turns bad a day after its promotion',
    turnsBad: ({ promotedFor }) => promotedFor !== null && promotedFor >= calm,
    over: ({ rules }) => rules.includes('watch'),
    async wrongs(ending) {
      return [
        ...unless(ending.state === 'promoted', `the experiment is ${ending.state}`), ...served(ending, small),
        ...unless(ending.rules.includes('watch'), 'the watch did nothing'),
      ]
    },
  },
]
