import { seededRandom } from '../../../stats/random.ts'
import { ensure } from '../../../src/client/api.ts'
import { type Item, type Measured, median, runsOf } from '../item.ts'
import { actedOn, type Arrival, begin, endedOf, inWorld, type World } from '../world.ts'

const looks = 24
const unitsALook = 60
const minutes = 60_000

const score = { key: 'score', kind: 'mean', measure: 'score', direction: 'increase', min: 0, max: 1 }
/** Every unit is to report within ten minutes. */
const reporting = {
  metrics: [{ metric: 'score', role: 'decision' }, { metric: 'error', role: 'guardrail', margin: 0.05 }],
  epochLength: 'PT10M', reportBy: 'PT10M',
}

type Kind = {
  name: string
  /** Does a unit of this variant report, at this look? */
  reports(variant: string, look: number): boolean
}
const kinds: Kind[] = [
  { name: 'candidate silent', reports: (variant) => variant === 'a' },
  { name: 'all silent', reports: (_, look) => look < looks / 2 },
]

type Ended = { exposed: number; state: string; actions: string[]; reasons: string; holds: string[] }

const live = async (world: World, { name, reports }: Kind, runs: number, seed: number): Promise<Ended[]> => {
  const { uniform } = seededRandom(seed)
  await ensure(world.api, '/api/metrics', score)
  const keys = Array.from({ length: runs }, (_, run) => `${name.replace(' ', '-')}-${run}`)
  for (const key of keys) await begin(world, key, { ...reporting, key, model: key, salt: `${seed} ${key}` })
  const exposed = new Map(keys.map((key) => [key, 0]))
  const open = new Set(keys)
  for (let look = 0; look < looks; look++) {
    const arrivals = [...open].flatMap((experiment) =>
      Array.from({ length: unitsALook }, (_, unit): Arrival => ({
        experiment, unit: `${look}-${unit}`,
        outcome: (variant) => (reports(variant, look) ? { score: uniform(), error: uniform() < 0.02 } : null),
      })),
    )
    const variants = await world.serve(arrivals)
    variants.forEach((variant, index) => {
      const key = arrivals[index]?.experiment ?? ''
      if (variant === 'b') exposed.set(key, (exposed.get(key) ?? 0) + 1)
    })
    await world.advance(10 * minutes)
    await world.tick()
    for (const key of (await endedOf(world)).keys()) open.delete(key)
  }
  return Promise.all(
    keys.map(async (key): Promise<Ended> => {
      const { state, holds } = await world.api<{ state: string; holds: { reason: string }[] }>('GET', `/api/experiments/${key}`)
      const acted = await actedOn(world, key)
      return {
        exposed: exposed.get(key) ?? 0, state, holds: holds.map(({ reason }) => reason),
        actions: acted.map(({ action }) => action).filter((action) => action !== 'hold'),
        reasons: acted.map(({ reason, rule }) => `${rule} ${reason}`).join(' '),
      }
    }),
  )
}

export const silence: Item = {
  key: '3-silence',
  title: 'Silence counts against a candidate; when all are silent, nobody is blamed',
  runs: 40,
  measure: ({ part, seed, progress }) =>
    inWorld(async (world) => {
      const runs = runsOf(part, 20, 2)
      const found: Measured[] = []
      for (const kind of kinds) {
        const ended = await live(world, kind, runs, seed)
        progress(runs)
        if (kind.name === 'candidate silent') {
          const right = ended.filter(({ actions, reasons }) => actions.includes('rollback') && /complete|silen|report/i.test(reasons)).length
          found.push({
            what: `the candidate reports nothing, ${unitsALook} units every 10 minutes: rolled back for its silence`, through: 'service', runs,
            measured: `${right} of ${runs}, after ${median(ended.map(({ exposed }) => exposed))} of its units (median)`, aim: 'all', kept: right === runs,
          })
        } else {
          const held = ended.filter(({ state, actions, holds }) => state === 'running' && actions.length === 0 && holds.length > 0).length
          found.push({
            what: 'all fall silent: held, and nobody killed, rolled back or promoted', through: 'service', runs,
            measured: `${held} of ${runs} (${[...new Set(ended.flatMap(({ holds }) => holds))].join(', ')})`, aim: 'all', kept: held === runs,
          })
        }
      }
      return found
    }),
}
