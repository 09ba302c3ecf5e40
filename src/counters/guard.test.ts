import { describe, expect, it } from 'vitest'
import { createGuard } from './guard.ts'

const never = (): Promise<string> => new Promise(() => {})
const answers = async (): Promise<string> => 'answer'

const guardAt = (start: number) => {
  const failures: unknown[] = []
  const time = { now: start }
  return { guard: createGuard(28, (error) => failures.push(error), () => time.now), failures, time }
}

describe('guard', () => {
  it('falls back from work that never ends, and tells of it', async () => {
    const { guard, failures } = guardAt(0)
    expect(await guard.bounded(never, 'fallback')).toBe('fallback')
    expect(failures).toHaveLength(1)
    expect(guard.health()).toBe('degraded')
  })

  it('rests after a failure, then one call probes while the others go on resting', async () => {
    const { guard, time } = guardAt(0)
    await guard.bounded(() => Promise.reject(new Error('gone')), 'fallback')
    let tried = 0
    const failing = (): Promise<string> => {
      tried++
      return Promise.reject(new Error('gone'))
    }
    const calls = () => Promise.all(Array.from({ length: 10 }, () => guard.bounded(failing, 'fallback')))
    expect(new Set(await calls())).toEqual(new Set(['fallback']))
    expect(tried).toBe(0)
    time.now = 1_000
    await calls()
    expect(tried).toBe(1)
  })

  it('always tries work that comes with a bound of its own', async () => {
    const { guard } = guardAt(0)
    guard.down()
    expect(await guard.bounded(answers, 'fallback', 500)).toBe('answer')
  })

  it('is well again after a probe that succeeds, or when the connection stands', async () => {
    const { guard, time } = guardAt(0)
    guard.down()
    expect(await guard.bounded(answers, 'fallback')).toBe('fallback')
    time.now = 1_000
    expect(await guard.bounded(answers, 'fallback')).toBe('answer')
    expect(guard.health()).toBe('ok')
    guard.down()
    guard.up()
    expect(await guard.bounded(answers, 'fallback')).toBe('answer')
  })
})
