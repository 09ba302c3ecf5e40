import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { reportPages, texts } from './opener.ts'
import { pagesOf } from './pdf.ts'
import { script, states } from './states.ts'

const { held, open, pathOf, reportOf } = reportPages(states.better)

describe('the report page under its policy, of the past, on paper and as a file', () => {
  it('22: a strict policy logs nothing', async () => {
    const { headers, text } = await held.app.send('GET', `/experiments/${states.better}`, undefined)
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe/)
    expect(text).not.toMatch(/ style=/)
    await open(states.better, async (page, logged) => {
      await page.locator('#effect svg.wide').hover()
      expect(logged).toEqual([])
    })
  })

  it('23: two requests at one moment are byte-identical, and the page says that it is not now', async () => {
    const series = (await held.app.must('GET', `/api/experiments/${states.better}/series?limit=5`)) as { items: { analysis: number }[] }
    const path = `/experiments/${states.better}?asOf=${series.items[3]?.analysis}`
    const [one, other] = [await held.app.send('GET', path, undefined), await held.app.send('GET', path, undefined)]
    expect(one.status).toBe(200)
    expect(one.text).toBe(other.text)
    expect(one.text).toMatch(/You see how things stood at/)
    expect(one.text).not.toContain('/act/')
    expect((await held.app.send('GET', `/experiments/${states.better}?asOf=nonsense`, undefined)).status).toBe(400)
  })

  it('24: on paper there are no buttons, and tables are unfolded', async () => {
    await open(states.better, async (page) => {
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('button:visible, a.button:visible').count()).toBe(0)
      expect(await page.locator('#effect tbody tr').first().isVisible()).toBe(true)
      expect(await page.locator('.inputs').first().isVisible()).toBe(true)
    })
  })

  it('24: on A4 it has the headline, the figures and the moment, on a few pages', async () => {
    const { summary } = await reportOf(states.better)
    await open(states.better, async (page) => {
      const shown = [...(await texts(page, 'tr[data-metric] .estimate, tr[data-metric] .lower, tr[data-metric] .upper')), ...(await texts(page, 'p.headline time')), pathOf(states.better)]
      const pages = pagesOf(await page.pdf({ format: 'A4' }))
      const bare = (text: string): string => text.replaceAll(/\s/g, '')
      expect(pages.length).toBeLessThanOrEqual(9)
      expect(pages[0]).toContain(bare(summary.headline))
      for (const text of shown) expect(pages.join('')).toContain(bare(text))
    })
  })

  it('24: rows of the CSV are the comparisons', async () => {
    const { comparisons } = await reportOf(states.better)
    const { text } = await held.app.send('GET', `/experiments/${states.better}/report.csv`, undefined)
    const [head = [], ...rows] = parse(text, { bom: true }) as string[][]
    const column = (name: string): string[] => rows.map((row) => row[head.indexOf(name)] ?? '')
    expect(column('metric')).toEqual(comparisons.map(({ metric }) => metric))
    expect(column('variant')).toEqual(comparisons.map(({ variant }) => variant))
  })

  it('25: what somebody wrote is text', async () => {
    await open(states.better, async (page) => {
      expect(await page.title()).not.toBe('run')
      expect(await page.textContent('main')).toContain(script)
    })
  })
})
