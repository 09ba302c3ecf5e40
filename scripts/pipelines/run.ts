import { type Arrival, inWorld, type World } from '../acceptance/world.ts'
import { type Check, type Counts, checksOf } from './checks.ts'
import { type Judged, type Prompts, spoilt, visitsOf } from './prompts.ts'
import { type Ending, large, small, type Standing, type Story } from './stories.ts'
import { type Row, startTimeline } from './timeline.ts'

/** How a story is staged: the experiment's `preset` or `stages` with its policy, and how much comes how often. */
export type Plan = {
  draft: Record<string, unknown>
  visitsALook: number
  /** Hours between two looks of the engine. */
  hoursALook: number
  /** Hours after which a story has failed. */
  mostHours: number
}

/** The usual pipeline as it stands, over 600 visits an hour. */
export const fullPlan: Plan = { draft: { preset: 'pipeline' }, visitsALook: 600, hoursALook: 1, mostHours: 24 * 14 }

export type Told = { rows: readonly Row[]; units: number; checks: Check[] }

type Experiment = { state: string; stage: number; step: number; stages: { allocation: string; steps?: unknown[] }[] }

const define = async ({ api }: World, key: string, { draft }: Plan): Promise<void> => {
  for (const [measure, direction] of [['win', 'increase'], ['clear_loss', 'decrease']]) {
    await api('POST', '/api/metrics', { key: measure, kind: 'conversion', measure, direction })
  }
  const watch = { metrics: ['win', 'clear_loss'], limits: { win: 0.15 }, onHarm: 'rollback' }
  await api('POST', '/api/models', { key, watch })
  for (const version of [small, large]) await api('POST', `/api/models/${key}/versions`, { version })
  await api('POST', '/api/experiments', {
    key, model: key, salt: key,
    variants: [{ key: small, version: small, control: true }, { key: large, version: large }],
    metrics: [
      { metric: 'win', role: 'decision', smallestEffect: 0.05 },
      { metric: 'clear_loss', role: 'guardrail', margin: 0.05 },
    ],
    ...draft,
  })
  await api('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'a story' })
}

/** How many units that had a variant get another one now; all of them come once more. */
const movedAmong = async (world: World, key: string, arms: ReadonlyMap<string, string>): Promise<number> => {
  const units = [...arms.keys()]
  const variants = await world.serve(units.map((unit): Arrival => ({ experiment: key, unit, outcome: () => null })))
  return variants.filter((variant, index) => variant !== arms.get(units[index] ?? '')).length
}

/** Where the experiment and its model stand now. `promotedAt`: the hour in which that was first seen. */
const standingOf = async ({ api }: World, key: string, hours: number, promotedAt: number | null): Promise<Standing> => {
  const { state, stage, step, stages } = await api<Experiment>('GET', `/api/experiments/${key}`)
  const { champion } = await api<{ champion: string | null }>('GET', `/api/models/${key}`)
  const { allocation = '', steps = [] } = stages[stage] ?? {}
  const promotedFor = state === 'promoted' ? hours - (promotedAt ?? hours) : null
  return { state, allocation, step, steps: steps.length, hours, promotedFor, champion }
}

/**
 * Tell one story through the whole service: hour by hour visits come, whoever answers is judged by what is known of that
 * model and prompt, and the engine looks. At every further step all who took part come once more.
 *
 * @param progress told the hours of the story that are over
 */
export const tellStory = (
  story: Story, prompts: Prompts, plan: Plan, seed: number, progress: (hours: number) => void = () => {},
): Promise<Told> =>
  inWorld(async (world) => {
    const { key } = story
    await define(world, key, plan)
    const visits = visitsOf(prompts, seed)
    const timeline = startTimeline(world.api, key)
    const arms = new Map<string, string>()
    const counts: Counts = { units: 0, returned: 0, moved: 0 }
    let bad = false
    let promotedAt: number | null = null
    let lastStep = 0

    const judged = (prompt: string, by: string): Judged => {
      const answers = prompts.answers.get(prompt)
      if (!answers) throw new Error(`nobody answered ${prompt}`)
      return by === large ? (bad ? spoilt : answers.candidate) : answers.champion
    }
    const arrive = (): Arrival => {
      const { unit, prompt } = visits.next().value
      return {
        experiment: key, unit, outcome: (variant) => judged(prompt, variant), champion: (version) => judged(prompt, version),
      }
    }

    for (let hours = 0; ; hours += plan.hoursALook) {
      const standing = await standingOf(world, key, hours, promotedAt)
      if (standing.state === 'promoted') promotedAt ??= hours
      const stepping = standing.state === 'running' && standing.allocation === 'steps'
      if (stepping && standing.step > lastStep) {
        counts.moved += await movedAmong(world, key, arms)
        counts.returned += arms.size
      }
      lastStep = standing.step
      await timeline.read(standing)
      if (!bad && story.turnsBad(standing)) {
        bad = true
        timeline.note(standing, 'its answers are empty from here on')
      }

      const coming = Array.from({ length: plan.visitsALook }, arrive)
      const answered = await world.answer(coming)
      counts.units += coming.length
      answered.forEach(({ variant }, index) => stepping && variant !== null && arms.set(coming[index]?.unit ?? '', variant))
      const share = answered.filter(({ version }) => version === large).length / answered.length
      timeline.settle(share, counts.units)

      progress(hours)
      const ending: Ending = { ...standing, share, rules: timeline.entries().map(({ rule }) => rule ?? '') }
      if (story.over(ending) || hours + plan.hoursALook > plan.mostHours) {
        return { rows: timeline.rows(), units: counts.units, checks: await checksOf(world, story, ending, timeline.entries(), counts) }
      }
      await world.advance(plan.hoursALook * 3_600_000)
      await world.tick()
    }
  })
