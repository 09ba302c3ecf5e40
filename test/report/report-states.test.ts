import { describe, expect, it } from 'vitest'
import type { MetricDefinition } from '../../src/core/define/definitions.ts'
import { forestGroups } from '../../src/report/view/forest.ts'
import type { Source } from '../../src/report/view/source.ts'
import { DatabaseUnavailable } from '../../src/store/unavailable.ts'
import { reportPages, texts } from './opener.ts'
import { states } from './states.ts'

const { held, open, reportOf } = reportPages(
  states.better, states.draft, states.silent, states.mute, states.rolledBack, states.promoted, states.inconclusive, states.paused, states.baking,
)

describe('states of the report page', () => {
  it('a draft says what it lacks, and how it is started', async () => {
    await open(states.draft, async (page) => {
      expect((await texts(page, '.unmet')).join()).toMatch(/hypothesis.*guardrail/i)
      expect(await page.textContent('pre')).toMatch(/curl .*"action":"start"/)
    })
  })

  it('without traffic the silent link is named; with a silent variant, which one', async () => {
    await open(states.silent, async (page) => {
      expect(await texts(page, 'tr.silent th')).toEqual(['! Assignments: silent'])
      expect(await page.textContent('pre')).toContain('/assign')
    })
    await open(states.mute, async (page) => expect((await texts(page, 'tr.silent')).join()).toMatch(/Outcomes: silent.*none of qwen/))
  })

  it('the one who stopped is named with reason, the one who won with numbers', async () => {
    await open(states.rolledBack, async (page) => expect(await page.textContent('h1')).toMatch(/^qwen was stopped: slow replies rose by \d\.\d per 100; you allow 2\.0\.$/))
    await open(states.promoted, async (page) => expect(await page.textContent('h1')).toMatch(/^qwen was promoted: 5\d of 100 answers preferred instead of 5\d\.$/))
    await open(states.inconclusive, async (page) => expect(await page.textContent('h1')).toBe('Ended without a clear winner.'))
    await open(states.paused, async (page) => expect(await page.textContent('.note')).toMatch(/^Paused: /))
    await open(states.baking, async (page) => expect(await page.textContent('.note')).toMatch(/^Baking: /))
  })

  it('metrics come in the order of what they decide, guardrails with what they allow', async () => {
    const report = await reportOf(states.better)
    const experiment = (await held.app.must('GET', `/api/experiments/${states.better}`)) as unknown as Source['experiment']
    const { items } = (await held.app.must('GET', '/api/metrics')) as unknown as { items: MetricDefinition[] }
    const groups = forestGroups({ report, experiment, metrics: new Map(items.map((one) => [one.key, one])) })
    expect(groups.map(({ key, role }) => [key, role])).toEqual([['win', 'decision'], ['slow', 'guardrail'], ['cost', 'diagnostic']])
    expect(groups[1]?.rows[0]?.room?.allowed).toBe('+2.0 pp')
  })
})

describe('while the database is away', () => {
  it('25: shows the last good report with its age, the code, and a way to try again', async () => {
    const { reports } = held.app.service.deps
    const { latest } = reports
    await open(states.better, async () => {})
    const headline = (await reportOf(states.better)).summary.headline
    reports.latest = () => Promise.reject(new DatabaseUnavailable('away', { mayHaveHappened: false }))
    try {
      const { status, text } = await held.app.send('GET', `/experiments/${states.better}`, undefined)
      expect(status).toBe(503)
      expect(text).toContain(headline)
      expect(text).toMatch(/The database does not answer.*last report that could be made.*ago.*Try again.*unavailable/s)
      expect(text).not.toContain('/act/')
      const never = await held.app.send('GET', '/experiments/never-shown', undefined)
      expect([never.status, never.text.includes('unavailable')]).toEqual([503, true])
    } finally {
      reports.latest = latest
    }
    expect((await held.app.send('GET', `/experiments/${states.better}`, undefined)).status).toBe(200)
  })
})
