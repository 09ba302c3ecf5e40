import { afterEach, describe, expect, it } from 'vitest'
import { planPower } from '../core/power/plan.ts'
import { PowerRequest } from '../core/power/request.ts'
import { ServiceError } from '../errors.ts'
import { createPlanner } from './planner.ts'

let planner = createPlanner()
afterEach(async () => {
  await planner.stop()
  planner = createPlanner()
})
const share = { kind: 'conversion', baseline: 0.1, effect: 0.02 }

describe('a planner', () => {
  it('answers what planning here would answer, each question its own', async () => {
    const requests = [share, { ...share, effect: 0.03 }, { ...share, units: 9_000 }, { ...share, method: 'group-sequential' }].map((one) => PowerRequest.parse(one))
    expect(await Promise.all(requests.map(planner.plan))).toEqual(requests.map(planPower))
  })

  it('leaves the thread that asks free', async () => {
    const order: string[] = []
    const plan = planner.plan(PowerRequest.parse(share)).then(() => order.push('planned'))
    await new Promise((resolve) => setImmediate(resolve))
    order.push('went on')
    await plan
    expect(order).toEqual(['went on', 'planned'])
  })

  it('refuses what planning refuses, by the same words, and goes on', async () => {
    const request = PowerRequest.parse({ ...share, effect: 1e-300 })
    const own = (() => {
      try {
        return planPower(request)
      } catch (error) {
        return error
      }
    })() as ServiceError
    const refused = await planner.plan(request).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ServiceError)
    expect(refused).toMatchObject({ code: own.code, message: own.message, violations: own.violations })
    expect(await planner.plan(PowerRequest.parse(share))).toEqual(planPower(PowerRequest.parse(share)))
  })

  it('refuses when too many wait, or it was stopped', async () => {
    const all = Array.from({ length: 60 }, () => planner.plan(PowerRequest.parse({ ...share, method: 'fixed' })).then(() => 'planned', (error: ServiceError) => error.code))
    const ends = await Promise.all(all)
    expect(ends.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 'planned'))
    expect(ends.slice(50)).toEqual(Array.from({ length: 10 }, () => 'unavailable'))
    const last = planner.plan(PowerRequest.parse(share)).catch((error: ServiceError) => error.code)
    await planner.stop()
    expect(await last).toBe('unavailable')
    await expect(planner.plan(PowerRequest.parse(share))).rejects.toMatchObject({ code: 'unavailable' })
  })
})
