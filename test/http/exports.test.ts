import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, expectProblem, startApp, type TestApp } from './support.ts'

type Rows = Record<string, string>[]
const rowsOf = (text: string): Rows => parse(text, { columns: true }) as Rows

describe('a report taken away', () => {
  let app: TestApp

  beforeAll(async () => {
    app = await startApp()
    await define(app)
    for (let unit = 0; unit < 40; unit++) {
      const { token } = await app.must('POST', '/assign', { experiment: 'live', unit: `u${unit}` })
      await app.must('POST', '/outcome', { token, measures: { win: unit % 3 === 0, score: unit } })
    }
    // a reason that a spreadsheet would run, and one with everything that has to be quoted
    for (const [action, reason] of [['pause', '=HYPERLINK("http://evil.example")'], ['resume', 'a "b", c\nd']] as const) {
      await app.must('POST', '/api/experiments/live/actions', { action, reason })
    }
  })
  afterAll(() => app.close())

  it('has a row for each comparison, with the figures of the API', async () => {
    const { comparisons, variants } = (await app.must('GET', '/api/experiments/live/report')) as {
      comparisons: { metric: string; variant: string; difference: Record<string, number | null>; verdict: string }[]
      variants: { key: string; units: number; metrics: Record<string, { estimate: number }> }[]
    }
    const file = await app.call('GET', '/experiments/live/report.csv')
    expect([file.status, file.headers.get('content-type'), file.headers.get('content-disposition')])
      .toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename="live-report.csv"'])
    const rows = rowsOf(file.text)
    expect(rows).toHaveLength(comparisons.length)
    const text = (value: number | null | undefined): string => (value == null ? '' : String(value))
    for (const [index, { metric, variant, difference, verdict }] of comparisons.entries()) {
      const own = variants.find(({ key }) => key === variant)!
      expect(rows[index]).toMatchObject({
        experiment: 'live', metric, variant, verdict, difference: text(difference['estimate']), difference_lower: text(difference['lower']),
        difference_upper: text(difference['upper']), variant_units: text(own.units), variant_estimate: text(own.metrics[metric]?.estimate),
      })
    }
  })

  it('has the ledger, every text as it was written and none of it a formula', async () => {
    const { items } = (await app.must('GET', '/api/experiments/live/decisions')) as { items: { id: number; reason: string; hash: string }[] }
    const rows = rowsOf((await app.call('GET', '/experiments/live/decisions.csv')).text)
    expect(rows.map(({ id, hash }) => [Number(id), hash])).toEqual(items.map(({ id, hash }) => [id, hash]))
    const reasons = rows.map(({ reason }) => reason)
    expect(reasons).toContain('a "b", c\nd')
    expect(reasons).toContain('\'=HYPERLINK("http://evil.example")')
  })

  it('has the whole history, also where it is longer than a page of the API', async () => {
    const { database } = app.service
    await database.api.run((sql) => sql`
      insert into analyses (experiment, at, epoch, digest, report)
      select experiment, at + n * interval '1 second', epoch, digest, report from analyses, generate_series(1, 450) n
      where id = (select min(id) from analyses)`)
    const stored = await database.api.run((sql) => sql<{ analyses: number; rows: number }[]>`
      select count(*)::int as analyses, sum(jsonb_array_length(report->'comparisons'))::int as rows from analyses`)
    const rows = rowsOf((await app.call('GET', '/experiments/live/series.csv')).text)
    expect(rows).toHaveLength(stored[0]!.rows)
    expect(new Set(rows.map(({ analysis }) => analysis)).size).toBe(stored[0]!.analyses)
  })

  it('has its charts as files that need no page: colours, words and numbers are in them', async () => {
    for (const name of ['effect', 'traffic']) {
      const file = await app.call('GET', `/experiments/live/${name}.svg`)
      expect([file.status, file.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8'])
      expect(file.text).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/)
      expect(file.text).not.toMatch(/var\(--|<script|style=/)
      expect((await app.call('GET', '/experiments/live')).text).toContain(`href="/experiments/live/${name}.svg`)
    }
    const nothing = await app.call('GET', '/experiments/drafted/effect.svg')
    expect([nothing.status, nothing.text]).toEqual([404, expect.stringContaining('nothing to draw')])
  })

  it('can be of an earlier moment; another one, and another experiment, are refused in a page', async () => {
    const { items } = (await app.must('GET', '/api/experiments/live/series')) as { items: { analysis: number; at: string }[] }
    const [first] = items
    const rows = rowsOf((await app.call('GET', `/experiments/live/report.csv?asOf=${first!.analysis}`)).text)
    expect(rows[0]).toMatchObject({ as_of: expect.stringMatching(/^2/) })
    const wrong = await app.call('GET', '/experiments/live/report.csv?asOf=yesterday')
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('expected the id of an analysis')])
    const missing = await app.call('GET', '/experiments/lvie/report.csv')
    expect([missing.status, missing.text]).toEqual([404, expect.stringContaining('<a href="/experiments/live">live</a>')])
    expectProblem(await app.call('GET', '/api/experiments/lvie/report'), 'experiment_not_found')
  })
})
