import { expect, it } from 'vitest'
import type { MetricDefinition } from '../../src/core/define/definitions.ts'
import { createReports } from '../../src/engine/reports.ts'
import { addCells } from '../support/experiment-rows.ts'
import { describeStores } from '../support/stores.ts'
import { controlOf, freshKey } from './control/setup.ts'

const liked: MetricDefinition = { key: 'liked', kind: 'conversion', measure: 'liked', direction: 'increase' }
const latency: MetricDefinition = { key: 'latency', kind: 'mean', measure: 'latency_ms', direction: 'decrease', center: 500 }

describeStores('what the champion did', (store) => {
  it('is told per version and day, newest first, around the centre and over all shards', async () => {
    const control = controlOf(store.database)
    const { pool } = control
    const model = freshKey()
    for (const metric of [liked, latency]) await control.metrics.create(metric)
    await control.models.create({ key: model, watch: { metrics: ['liked', 'latency'] } })
    for (const version of ['1', '2']) await control.versions.create(model, { version })
    const scopes = await pool.run((sql) => sql<{ scope: number; today: number }[]>`
      select v.watch_scope as scope, floor(extract(epoch from moment()) / 86400)::int as today
      from versions v join models m on m.id = v.model where m.key = ${model} order by v.id`)
    const [first, second] = scopes.map(({ scope }) => scope)
    const today = scopes[0]?.today ?? 0
    const dayBefore = (days: number): string => new Date((today - days) * 86_400_000).toISOString().slice(0, 10)
    const counts = { variant: 0, metric: 0, shard: 0 }
    await addCells(pool, first ?? 0, [
      { ...counts, epoch: today - 2, n: 3, sx: 3, sy: 4 },
      { ...counts, epoch: today, n: 10, sx: 10, sy: 12 },
      { ...counts, epoch: today, shard: 1, n: 10, sx: 10, sy: 10 },
      { ...counts, epoch: today, metric: 1, n: 8, sx: 5, sy: 9, sxx: 5, sxy: 5, syy: 9 },
      { ...counts, epoch: today, metric: 2, shard: 1, n: 10, sx: -200, sy: 10, sxx: 9_000, sxy: -200, syy: 10 },
    ])
    await addCells(pool, second ?? 0, [{ ...counts, epoch: today, n: 1, sx: 1, sy: 1 }])

    const reports = createReports(pool)
    const recent = [
      {
        day: dayBefore(0), version: '1', units: 20, outcomes: 22,
        metrics: { liked: { estimate: 0.25, n: 20 }, latency: { estimate: 480, n: 10 } },
      },
      {
        day: dayBefore(0), version: '2', units: 1, outcomes: 1,
        metrics: { liked: { estimate: 0, n: 1 }, latency: { estimate: null, n: 0 } },
      },
    ]
    expect(await reports.watch(model, 2)).toEqual(recent)
    expect(await reports.watch(model, 3)).toEqual([
      ...recent, expect.objectContaining({ day: dayBefore(2), version: '1', units: 3, outcomes: 4 }),
    ])
  })

  it('stays visible per version and day when other metrics are watched, and the day of the change is one line', async () => {
    const control = controlOf(store.database)
    const { pool } = control
    const model = freshKey()
    const [first, second] = [{ ...liked, key: freshKey() }, { ...latency, key: freshKey() }]
    for (const metric of [first, second]) await control.metrics.create(metric)
    await control.models.create({ key: model, watch: { metrics: [first.key] } })
    for (const version of ['1', '2']) await control.versions.create(model, { version })
    const scopesOf = () => pool.run((sql) => sql<{ scope: number; today: number }[]>`
      select v.watch_scope as scope, floor(extract(epoch from moment()) / 86400)::int as today
      from versions v join models m on m.id = v.model where m.key = ${model} order by v.id`)
    const cell = { variant: 0, shard: 0 }
    const [before, other] = await scopesOf()
    const today = before?.today ?? 0
    const day = (ago: number): string => new Date((today - ago) * 86_400_000).toISOString().slice(0, 10)
    for (const epoch of [today - 1, today]) {
      await addCells(pool, before?.scope ?? 0, [
        { ...cell, epoch, metric: 0, n: 10, sx: 10, sy: 10 }, { ...cell, epoch, metric: 1, n: 10, sx: 4, sy: 10 },
      ])
    }
    await addCells(pool, other?.scope ?? 0, [{ ...cell, epoch: today - 2, metric: 0, n: 1, sx: 1, sy: 1 }])
    await control.models.patch(model, { watch: { metrics: [second.key, first.key] } }, 'tester')
    const [after] = await scopesOf()
    expect(after?.scope).not.toBe(before?.scope)
    await addCells(pool, after?.scope ?? 0, [
      { ...cell, epoch: today, metric: 0, n: 10, sx: 10, sy: 10 },
      { ...cell, epoch: today, metric: 1, n: 10, sx: 500, sy: 10, sxx: 0, sxy: 0, syy: 10 },
      { ...cell, epoch: today, metric: 2, n: 10, sx: 8, sy: 10 },
    ])
    await control.models.patch(model, { watch: { metrics: [] } }, 'tester')
    expect(await createReports(pool).watch(model, 30)).toEqual([
      {
        day: day(0), version: '1', units: 20, outcomes: 20,
        metrics: { [first.key]: { estimate: 0.6, n: 20 }, [second.key]: { estimate: 550, n: 10 } },
      },
      { day: day(1), version: '1', units: 10, outcomes: 10, metrics: { [first.key]: { estimate: 0.4, n: 10 } } },
      { day: day(2), version: '2', units: 1, outcomes: 1, metrics: { [first.key]: { estimate: 0, n: 1 } } },
    ])
  })

  it('is empty before anything was reported, and nothing for a model that nobody created', async () => {
    const control = controlOf(store.database)
    const model = freshKey()
    await control.models.create({ key: model })
    const reports = createReports(control.pool)
    expect(await reports.watch(model, 30)).toEqual([])
    await expect(reports.watch('nobody', 30)).rejects.toMatchObject({ code: 'model_not_found' })
  })
})
