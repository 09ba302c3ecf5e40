import type { Api } from '../../client/api.ts'
import type { Entry } from '../../report/terminal/decisions.ts'
import { days, experiment, metrics, model, outcomeOf, stepHours, usersPerStep, versions } from './scenario.ts'

export type Stage = {
  api: Api
  /** Move the service's clock forward. */
  advance(ms: number): Promise<void>
  /** One look of the engine, now. */
  tick(): Promise<void>
  random: () => number
  onStep(step: { day: number; days: number; users: number }): void
  onDecision(entry: Entry, day: number): void
}

const define = async (api: Api): Promise<void> => {
  await api('POST', '/api/models', model)
  for (const [key, { version }] of Object.entries(versions)) {
    await api('POST', `/api/models/${model.key}/versions`, { version, payload: { endpoint: `https://models.example/${key}` } })
  }
  for (const metric of metrics) await api('POST', '/api/metrics', metric)
  await api('POST', '/api/experiments', experiment)
  await api('POST', `/api/experiments/${experiment.key}/actions`, { action: 'start', reason: 'the demo begins' })
}

/** Assign and report one step's worth of new users. */
const serve = async (stage: Stage, step: number): Promise<void> => {
  const requests = Array.from({ length: usersPerStep }, (_, index) => ({ experiment: experiment.key, unit: `user-${step}-${index}` }))
  const { results } = await stage.api<{ results: { variant: string | null; version: string; token: string }[] }>(
    'POST', '/assign/batch', { requests },
  )
  const nameOf = new Map(Object.entries(versions).map(([key, { version }]) => [version, key]))
  const outcomes = results.map(({ variant, version, token }) => ({
    token,
    measures: outcomeOf(variant ?? nameOf.get(version) ?? 'gemma', stage.random),
  }))
  await stage.api('POST', '/outcome/batch', { outcomes })
}

/**
 * Days of traffic in seconds: every step moves the clock, serves users and lets the engine look. Returns when
 * the experiment has ended or the days are over. Users come back to nobody: each is new.
 */
export const runDemo = async (stage: Stage): Promise<void> => {
  await define(stage.api)
  const steps = (days * 24) / stepHours
  const told = new Set<number>()
  for (let step = 0; step < steps; step++) {
    await stage.advance(stepHours * 3_600_000)
    await serve(stage, step)
    await stage.tick()
    const day = ((step + 1) * stepHours) / 24
    stage.onStep({ day, days, users: (step + 1) * usersPerStep })
    const { items } = await stage.api<{ items: Entry[] }>('GET', `/api/experiments/${experiment.key}/decisions?limit=100`)
    for (const decision of items.toReversed()) {
      if (told.has(decision.id)) continue
      told.add(decision.id)
      stage.onDecision(decision, day)
    }
    const { state } = await stage.api<{ state: string }>('GET', `/api/experiments/${experiment.key}`)
    if (state !== 'running') return
  }
}
