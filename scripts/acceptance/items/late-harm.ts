import { seededRandom } from '../../../stats/random.ts'
import { type Item, type Measured, median, type Options, runsOf } from '../item.ts'
import { actedOn, type Arrival, begin, inWorld, type World } from '../world.ts'

const [days, breaks] = [10, 5]
const looksADay = 8
const lookMs = 86_400_000 / looksADay
const [usersAtFirst, newADay] = [200, 50]

/** A user's errors count for half a day from the first visit: those who come back count in no sum of the whole stage. */
const definition = {
  window: 'PT12H',
  metrics: [{ metric: 'error', role: 'guardrail', margin: 0.01 }],
  policy: { minUnits: 1_000_000, maxDuration: 'P14D' },
}

/** Users come back once a day at their hour. From the fifth day on the candidate fails for 17 % of them, no longer for 2 %. */
const visits = (experiment: string, look: number, uniform: () => number): Arrival[] => {
  const day = Math.floor(look / looksADay)
  const errors = (variant: string): number => (variant === 'b' && day >= breaks ? 0.17 : 0.02)
  return Array.from({ length: usersAtFirst + day * newADay }, (_, user) => user)
    .filter((user) => user % looksADay === look % looksADay)
    .map((user): Arrival => ({ experiment, unit: `user ${user}`, outcome: (variant) => ({ error: uniform() < errors(variant) }) }))
}

type Guardrails = { guardrails: { verdict: string; generation?: { verdict: string } }[] }

/** Has the whole stage said by now what only a day says otherwise? */
const stageFails = async ({ api }: Pick<World, 'api'>, key: string): Promise<boolean> => {
  const { guardrails } = await api<Guardrails>('GET', `/api/experiments/${key}/report`)
  return guardrails.some(({ verdict }) => verdict === 'FAIL')
}

type Found = { acting: (number | null)[]; stage: (number | null)[]; early: number }

/** Days from the break to the rollback; to the failure of the whole stage, where nothing acts; and rollbacks before it. */
const live = (runs: number, { seed, progress }: Options): Promise<Found> =>
  inWorld(async (world) => {
    const { uniform } = seededRandom(seed)
    const found = { acting: new Map<string, number>(), stage: new Map<string, number>() }
    const [acting, watched] = ['acting', 'watched'].map((name) => Array.from({ length: runs }, (_, run) => `${name}-${run}`))
    for (const key of acting!) await begin(world, key, { ...definition, key, model: key, salt: `${seed} ${key}` })
    const unhurt = { ...definition, policy: { ...definition.policy, autoKill: false } }
    for (const key of watched!) await begin(world, key, { ...unhurt, key, model: key, salt: `${seed} ${key}` })
    let early = 0
    for (let look = 0; look < days * looksADay; look++) {
      const open = [...acting!.filter((key) => !found.acting.has(key)), ...watched!.filter((key) => !found.stage.has(key))]
      await world.serve(open.flatMap((key) => visits(key, look, uniform)))
      await world.advance(lookMs)
      await world.tick()
      const passed = (look + 1) / looksADay - breaks
      for (const key of open) {
        const which = key.startsWith('acting') ? found.acting : found.stage
        const over = which === found.stage ? await stageFails(world, key) : (await actedOn(world, key)).some(({ action }) => action === 'rollback')
        if (!over) continue
        which.set(key, passed)
        if (passed <= 0) early++
        if (which === found.acting) progress(1)
      }
    }
    progress(acting!.filter((key) => !found.acting.has(key)).length)
    return { acting: acting!.map((key) => found.acting.get(key) ?? null), stage: watched!.map((key) => found.stage.get(key) ?? null), early }
  })

const never = days - breaks

const told = (values: readonly (number | null)[]): string => {
  const missing = values.filter((value) => value === null).length
  return `median ${median(values.map((value) => value ?? never)).toFixed(1)} days${missing > 0 ? `, ${missing} not within ${never}` : ''}`
}

export const lateHarm: Item = {
  key: '2-late-harm',
  title: 'A candidate that breaks on its fifth day, for those who come back, is rolled back soon',
  runs: 40,
  async measure(options) {
    const runs = runsOf(options.part, 40, 2)
    const { acting, stage, early } = await live(runs, options)
    const [own, whole] = [acting, stage].map((values) => median(values.map((value) => value ?? never)))
    const row = (what: string, measured: string, aim: string, kept: boolean): Measured => ({ what, through: 'service', runs, measured, aim, kept })
    return [
      row('errors 2 % → 17 % on the fifth day of ten, users who return: rolled back after', told(acting), 'median ≤ 2 days, each within 5',
        own! <= 2 && !acting.includes(null)),
      row('the same by the whole stage alone, without generations', told(stage), 'later by a day or more', whole! >= own! + 1),
      row('rolled back, or failed, before anything broke', String(early), '0', early === 0),
    ]
  },
}
