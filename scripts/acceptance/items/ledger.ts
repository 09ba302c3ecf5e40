import { type Random, seededRandom } from '../../../stats/random.ts'
import { verifyChains } from '../../../src/store/control/ledger.ts'
import { type Item, type Measured, runsOf } from '../item.ts'
import { type Arrival, begin, entriesOf, inWorld, type World } from '../world.ts'

const unguarded = { unguarded: true, metrics: [{ metric: 'win', role: 'decision' }] }
/** Experiments that end each in its own way: promoted, rolled back, one killed of three, moved by a bandit, steered by a person. */
const kinds = [
  { name: 'better', draft: { ...unguarded, policy: { minUnits: 200, minDuration: 'PT1H' } }, variants: ['a', 'b'], win: [0.3, 0.5], error: [0.01, 0.01] },
  { name: 'harmful', draft: {}, variants: ['a', 'b'], win: [0.3, 0.3], error: [0.01, 0.15] },
  { name: 'losing', draft: unguarded, variants: ['a', 'b', 'c'], win: [0.4, 0.1, 0.4], error: [0.01, 0.01, 0.01] },
  { name: 'bandit', draft: { ...unguarded, stages: [{ allocation: 'bandit' }], policy: { maxDuration: 'P1D' } }, variants: ['a', 'b'], win: [0.3, 0.4], error: [0, 0] },
  { name: 'steered', draft: {}, variants: ['a', 'b'], win: [0.3, 0.3], error: [0.01, 0.01] },
]
const looks = 10
const unitsALook = 150

const live = async (world: World, runs: number, uniform: () => number): Promise<string[]> => {
  const trials = kinds.flatMap((kind) => Array.from({ length: runs }, (_, run) => ({ ...kind, key: `${kind.name}-${run}` })))
  for (const { key, draft, variants } of trials) await begin(world, key, { ...draft, key, model: key, salt: key }, variants)
  for (let look = 0; look < looks; look++) {
    await world.serve(
      trials.flatMap(({ key, variants, win, error }) =>
        Array.from({ length: unitsALook }, (_, unit): Arrival => ({
          experiment: key, unit: `${look}-${unit}`,
          outcome: (variant) => {
            const arm = variants.indexOf(variant)
            return { win: uniform() < (win[arm] ?? 0), error: uniform() < (error[arm] ?? 0) }
          },
        })),
      ),
    )
    await world.advance(900_000)
    await world.tick()
    const action = ['pause', null, 'resume', null, null, null, 'stop'][look]
    for (const { key, name } of trials) {
      if (name === 'steered' && action) await world.api('POST', `/api/experiments/${key}/actions`, { action, reason: 'by hand' })
    }
  }
  return trials.map(({ key }) => key)
}

type Replay = { same: boolean; differences: { path: string }[] }

/** One character of one entry's reason is changed where it is stored, past every guard; is its chain told to be broken there, and nowhere else? */
const flipOne = async ({ pool }: World, { uniform }: Random, ids: readonly number[]): Promise<boolean> => {
  const id = ids[Math.floor(uniform() * ids.length)] ?? 0
  const write = (change: (reason: string) => string): Promise<{ seq: number; before: string }> =>
    pool.begin(async (sql) => {
      const [row] = await sql<{ seq: number; reason: string }[]>`select seq, entry->>'reason' as reason from ledger where id = ${id}`
      if (!row) throw new Error(`no entry ${id}`)
      await sql`alter table ledger disable trigger ledger_append_only`
      await sql`update ledger set entry = jsonb_set(entry, '{reason}', to_jsonb(${change(row.reason)}::text)) where id = ${id}`
      await sql`alter table ledger enable trigger ledger_append_only`
      return { seq: row.seq, before: row.reason }
    })
  const { seq, before } = await write((reason) => {
    const at = Math.floor(uniform() * reason.length)
    return `${reason.slice(0, at)}${reason[at] === 'x' ? 'y' : 'x'}${reason.slice(at + 1)}`
  })
  const broken = await verifyChains(pool)
  await write(() => before)
  const mended = await verifyChains(pool)
  return broken.breaks.length === 1 && broken.breaks[0]?.seq === seq && mended.breaks.length === 0
}

const all = (what: string, runs: number, good: number, kept = good === runs): Measured => ({
  what, through: 'service', runs, measured: `${good} of ${runs}`, aim: 'all', kept: kept && runs > 0,
})

export const ledger: Item = {
  key: '8-ledger',
  title: 'Every decision replays to the same action; one flipped byte breaks its chain',
  runs: 100,
  measure: ({ part, seed, progress }) =>
    inWorld(async (world) => {
      const random = seededRandom(seed)
      const keys = await live(world, runsOf(part, 12), random.uniform)
      const entries = (await Promise.all(keys.map((key) => entriesOf(world, key)))).flat()
      const actions = new Set(entries.filter(({ status }) => status === 'applied').map(({ action }) => action))
      let same = 0
      for (const { id } of entries) {
        const replay = await world.api<Replay>('GET', `/api/decisions/${id}/replay`)
        if (replay.same && replay.differences.length === 0) same++
      }
      const flips = runsOf(part, 100, 5)
      let found = 0
      for (let flip = 0; flip < flips; flip++) {
        if (await flipOne(world, random, entries.map(({ id }) => id))) found++
        progress(1)
      }
      const expected = ['promote', 'rollback', 'kill', 'reallocate', 'pause', 'resume', 'stop']
      const missing = expected.filter((action) => !actions.has(action))
      return [
        all(`decisions of ${keys.length} experiments (${[...actions].join(', ')}) replay to the same${missing.length > 0 ? `; none of ${missing.join(', ')}` : ''}`, entries.length, same, same === entries.length && missing.length === 0),
        all('one character changed: its chain breaks there, and is whole when it is back', flips, found),
      ]
    }),
}
