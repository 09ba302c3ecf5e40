import { verifyChains } from '../../src/store/control/ledger.ts'
import type { World } from '../acceptance/world.ts'
import type { Ending, Story } from './stories.ts'
import type { Entry } from './timeline.ts'

export type Check = { what: string; found: string; kept: boolean }

/** `returned`: how many came once more at a further step; `moved`: how many of them got another variant. */
export type Counts = { units: number; returned: number; moved: number }

const replaysOf = async ({ api }: World, entries: readonly Entry[]): Promise<number> => {
  let same = 0
  for (const { id } of entries) {
    const replay = await api<{ same: boolean; differences: unknown[] }>('GET', `/api/decisions/${id}/replay`)
    if (replay.same && replay.differences.length === 0) same++
  }
  return same
}

/** What must hold of every story when it is over. */
export const checksOf = async (
  world: World, story: Story, ending: Ending, told: readonly Entry[], { returned, moved }: Counts,
): Promise<Check[]> => {
  const wrongs = await story.wrongs(ending, world, story.key)
  // what a watch does to a model has no inputs of a look to be replayed from
  const decisions = told.filter(({ experiment }) => experiment === story.key)
  const same = await replaysOf(world, decisions)
  const { entries, breaks } = await verifyChains(world.pool)
  const [first] = breaks
  return [
    { what: 'it ended as it should', found: wrongs.length === 0 ? ending.state : wrongs.join('; '), kept: wrongs.length === 0 },
    {
      what: 'decisions that replay to the same', found: `${same} of ${decisions.length}`,
      kept: same === decisions.length && same > 0,
    },
    {
      what: 'entries of the ledger in whole chains',
      found: first ? `broken at ${first.chain} ${first.seq}` : String(entries), kept: breaks.length === 0 && entries > 0,
    },
    {
      what: 'units that changed variant from step to step', found: `${moved} of ${returned}`,
      kept: moved === 0 && returned > 0,
    },
  ]
}
