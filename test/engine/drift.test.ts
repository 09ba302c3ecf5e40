import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../stats/random.ts'
import { verify } from '../../src/store/verify.ts'
import { names, type Staged, startStaged } from '../support/staged.ts'

type Held = { reason: string; variant: string | null; metric: string | null; text: string }

describe('distributions of an experiment', () => {
  let staged: Staged
  const { normal } = seededRandom(4)
  beforeAll(async () => {
    staged = await startStaged()
  })
  afterAll(() => staged.close())

  const drift = [{ measure: 'score', kind: 'numeric' }, { measure: 'cached', kind: 'categorical' }]
  const begin = (key: string, more: object = {}) =>
    staged.begin(key, [{ allocation: 'fixed' }], { window: 'PT10M', epochLength: 'PT1H', drift, policy: { minDuration: 'P7D', minUnits: 100_000 }, ...more })

  /** An hour in which so many come; then their epoch is over, and has matured. */
  const hour = async (key: string, at: number, shifts: Record<string, number>, count = 1_300): Promise<void> => {
    await staged.serve(key, names(count, at * 100_000), ({ variant }, index) => (
      { failed: false, score: normal() + (shifts[variant ?? ''] ?? 0), cached: index % 3 === 0 }))
    await staged.pass(61)
    await staged.look()
    await staged.pass(11)
    await staged.look()
  }

  const holdsOf = async (key: string): Promise<Held[]> => {
    const { holds } = await staged.must('GET', `/api/experiments/${key}`)
    return holds as Held[]
  }

  it('hold nothing while they stay, hold while one has moved, and no longer once its windows are as before', async () => {
    await begin('moves')
    await hour('moves', 0, {})
    for (const at of [1, 2]) await hour('moves', at, {})
    expect(await holdsOf('moves')).toEqual([])
    const calm = await staged.must('GET', '/api/experiments/moves/report')
    expect(calm['health']).toContainEqual({ check: 'drift', verdict: 'PASS', text: 'The values of score, cached are spread as they were at first.' })

    await hour('moves', 3, { new: 1 })
    expect(await holdsOf('moves')).toMatchObject([{ reason: 'drift', variant: 'new', metric: 'score', text: expect.stringContaining('new alone') as string }])
    const held = await staged.must('GET', '/api/experiments/moves/report')
    expect(held['health']).toContainEqual(expect.objectContaining({ check: 'drift', verdict: 'FAIL' }))
    const page = await staged.call('GET', '/experiments/moves', undefined, { accept: 'text/html' })
    expect(page.text).toContain('The values of score have moved with new alone')

    await hour('moves', 4, {})
    for (let look = 0; look < 3; look++) await staged.look()
    expect(await holdsOf('moves')).toEqual([])
    const { items } = await staged.must('GET', '/api/experiments/moves/decisions')
    expect((items as { action: string; rule: string }[]).map(({ action, rule }) => `${action} ${rule}`).toReversed())
      .toEqual(['start manual', 'hold hold', 'hold hold-lifted'])
    expect((await staged.must('GET', '/api/experiments/moves'))['state']).toBe('running')
  })

  it('say so when all variants have moved alike; whoever acknowledges takes what comes next for the reference', async () => {
    await begin('world')
    for (const at of [0, 1]) await hour('world', at, {})
    await hour('world', 2, { old: 1, new: 1 })
    expect(await holdsOf('world')).toMatchObject([{ reason: 'drift', variant: null, metric: 'score', text: expect.stringContaining('all variants alike') as string }])
    expect((await staged.act('world', 'acknowledge')).status).toBe(200)
    for (const at of [3, 4]) await hour('world', at, { old: 1, new: 1 })
    for (let look = 0; look < 3; look++) await staged.look()
    expect(await holdsOf('world')).toEqual([])
    expect((await staged.act('world', 'acknowledge')).status).toBe(409)
  })

  it('are recounted, judged once, and outlive every process: what was kept is what a new one goes on from', async () => {
    const { database } = staged.service
    const kept = () => database.api.run((sql) => sql`select drift from experiments where key = 'moves'`)
    const before = await kept()
    const units = names(10, 0)
    // counted twice nowhere, and late ones nowhere
    await staged.serve('moves', units, () => ({ failed: false, score: 1e6, cached: false }))
    await staged.look()
    expect(await kept()).toEqual(before)
    expect(await verify(database.api)).toMatchObject({ differences: [] })
    expect(before[0]?.['drift']).toMatchObject({ tracks: { score: [{ windows: 4 }, { windows: 4 }], cached: [{ windows: 4 }, { windows: 4 }] } })
  })

  it('are declared by measure, at most five, none twice', async () => {
    const tried = (declared: object[]) => staged.call('POST', '/api/experiments', {
      key: 'bad', model: 'moves', unguarded: true, stages: [{ allocation: 'fixed' }], metrics: [], drift: declared,
      variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
    })
    const [score] = drift
    expect((await tried([score!, score!])).body).toMatchObject({ errors: [{ path: 'drift[1].measure', message: '"score" is there already' }] })
    expect((await tried(Array.from({ length: 6 }, (_, index) => ({ measure: `m${index}`, kind: 'numeric' })))).body).toMatchObject({ errors: [{ path: 'drift' }] })
    expect((await tried([{ measure: 'score', kind: 'text' }])).body).toMatchObject({ errors: [{ path: 'drift[0].kind' }] })
  })
})
