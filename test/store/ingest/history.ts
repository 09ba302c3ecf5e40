import { seededRandom } from '../../../stats/random.ts'
import type { AttributedOutcome, Exposure, Ingest } from '../../../src/deps.ts'
import type { Assignment } from '../../../src/token/token.ts'
import { dayMs } from '../../../src/core/analyze/generations.ts'
import { assignment, hex, hour, type World } from './world.ts'

export type Step = { exposures: Exposure[] } | { single: AttributedOutcome } | { batch: AttributedOutcome[] }

/** What was sent, and what was answered by which client. */
export type Acknowledged = { outcome: AttributedOutcome; answer: unknown; client: number }

/**
 * Everything that goes wrong, at random: units that are exposed twice with different variants, outcomes before
 * exposures and without any, ids sent again, corrected up and down, used for another unit or body, tokens of another
 * variant, units whose window is over.
 *
 * @returns steps in an order of their own, to be dealt to clients
 */
export const randomHistory = (seed: number, worlds: readonly World[], outcomes: number): Step[] => {
  const rand = seededRandom(seed).uniform
  const below = (n: number): number => Math.floor(rand() * n)
  const chance = (p: number): boolean => rand() < p
  const now = Date.now()

  const withObserved = (exposure: Assignment): Exposure => {
    const world = worlds.find(({ id }) => id === exposure.scope)
    const observed = world?.observe?.(exposure)
    return { ...exposure, ...(observed && { observed }), ...(world?.generation && { generation: world.generation }) }
  }

  const tokensOf = (world: World, unit: string): Assignment[] => {
    const late = (world.window === '1 hour' || world.reportBy !== undefined) && chance(0.3)
    const more = { time: late ? now - 2 * hour : now, epoch: 1 + below(3) }
    const first = assignment(world, unit, world.watch ? 0 : below(2), more)
    const tokens = [first]
    // units return, the day before or today
    if (world.generation && chance(0.5)) tokens.push({ ...first, time: now - dayMs * below(2), epoch: 1 + below(3) })
    if (!world.watch && chance(0.2)) tokens.push(assignment(world, unit, 1 - first.variant, {
      ...more, epoch: 1 + below(3), ...(world.generation && { time: now - dayMs * below(2) }),
    }))
    return tokens
  }
  const tokens = worlds.flatMap((world) =>
    Array.from({ length: Math.ceil(outcomes / 50) }, (_, index) => tokensOf(world, `${seed}/${index}`)),
  )

  const outcome = (): AttributedOutcome => {
    const choices = tokens[below(tokens.length)] as Assignment[]
    const token = choices[below(choices.length)] as Assignment
    const stranger = chance(0.1)
    const id = `${stranger ? 'shared' : token.unit + token.watch}/${below(4)}`
    const measures: Record<string, number> = {}
    if (chance(0.8)) measures['win'] = below(2)
    if (chance(0.8)) measures['spend'] = below(400) / 100
    if (chance(0.8)) measures['latency'] = 1_000 * rand()
    if (chance(0.6)) measures['views'] = 1 + below(9)
    if (chance(0.5)) measures['clicks'] = below(5)
    const revision = chance(0.5) ? 0 : below(4)
    const digest = hex(JSON.stringify([measures, revision, token.unit]))
    return { assignment: token, key: hex(id), digest, revision, at: now, measures }
  }

  const sent: AttributedOutcome[] = []
  const next = (): AttributedOutcome => {
    const again = sent.length > 0 && chance(0.3) ? sent[below(sent.length)] : undefined
    const one = again ?? outcome()
    sent.push(one)
    return one
  }

  const steps: Step[] = []
  while (sent.length < outcomes) {
    const size = 1 + below(60)
    if (chance(0.25)) steps.push({ batch: Array.from({ length: size }, next) })
    else steps.push(...Array.from({ length: size }, () => ({ single: next() })))
    steps.push({ exposures: Array.from({ length: below(20) }, () => {
      const choices = tokens[below(tokens.length)] as Assignment[]
      return withObserved(choices[below(choices.length)] as Assignment)
    }) })
  }
  for (let index = steps.length - 1; index > 0; index--) {
    const other = below(index + 1)
    ;[steps[index], steps[other]] = [steps[other] as Step, steps[index] as Step]
  }
  return steps
}

/** Deal the steps to the clients; each has `concurrency` of them under way. Answers what was acknowledged. */
export const play = async (steps: readonly Step[], clients: readonly Ingest[], concurrency = 16): Promise<Acknowledged[]> => {
  const acknowledged: Acknowledged[] = []
  const queue = steps.values()
  const worker = async (client: Ingest, index: number): Promise<void> => {
    for (const step of queue) {
      if ('exposures' in step) {
        for (const exposure of step.exposures) client.expose(exposure)
      } else if ('single' in step) {
        acknowledged.push({ outcome: step.single, answer: await client.outcome(step.single), client: index })
      } else {
        const answers = await client.outcomes(step.batch)
        for (const [place, outcome] of step.batch.entries()) acknowledged.push({ outcome, answer: answers[place], client: index })
      }
    }
  }
  await Promise.all(clients.flatMap((client, index) => Array.from({ length: concurrency }, () => worker(client, index))))
  return acknowledged
}
