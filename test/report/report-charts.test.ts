import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { reportPages, texts } from './opener.ts'
import { states } from './states.ts'

const { held, open, reportOf } = reportPages(states.better, states.bandit, states.segmented)

describe('charts of the report page', () => {
  it('10: each chart has a table of its numbers', async () => {
    await open(states.bandit, async (page) => {
      expect(await page.locator('.chart-figure').count()).toBe(2)
      for (const figure of await page.locator('.chart-figure').all()) expect(await figure.locator('tbody tr').count()).toBeGreaterThan(5)
    })
  })

  it('11: arrow keys change the status text of a focused chart', async () => {
    await open(states.better, async (page) => {
      await page.locator('#effect svg.wide').focus()
      const said = async (): Promise<string> => (await page.locator('#effect [role=status]').textContent()) ?? ''
      expect(await said()).toBe('')
      await page.keyboard.press('ArrowLeft')
      const first = await said()
      expect(first).toMatch(/qwen/)
      await page.keyboard.press('ArrowLeft')
      expect(await said()).not.toBe(first)
    })
  })

  it('12: markers link to entries that are there, of the same number', async () => {
    for (const key of [states.better, states.bandit]) {
      await open(key, async (page) => {
        const links = await page.$$eval('svg.wide a[href]', (all) => all.map((link) => [link.getAttribute('href') ?? '', (link.textContent ?? '').trim()] as const))
        expect(links.length).toBeGreaterThan(1)
        for (const [href, number] of links) {
          expect(href).toMatch(/^#decision-\d+$/)
          expect(await page.locator(`${href} > p .seq`).textContent()).toBe(number)
        }
      })
    }
  })

  it('15: the caption says whether the band decides', async () => {
    await open(states.better, async (page) => expect(await page.textContent('#effect figcaption')).toMatch(/This band decides/))
    await open(states.better, async (page) => expect(await page.textContent('#effect figcaption')).toMatch(/no rule uses this metric/), {}, '?metric=cost')
  })

  it('16: shares sum to 100 % at each step', async () => {
    await open(states.bandit, async (page) => {
      const rows = await page.$$eval('#traffic tbody tr', (all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')))
      expect(rows.length).toBeGreaterThan(3)
      for (const cells of rows) {
        const sum = cells.slice(0, 4).reduce((total, cell) => total + Number(cell.replace(/[^\d.]/g, '')), 0)
        expect(sum).toBeCloseTo(100, 6)
      }
    })
  })

  it('a chart is saved as a picture by the browser, under the strict policy', async () => {
    await open(states.better, async (page, logged) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#effect [data-png]')])
      expect(download.suggestedFilename()).toBe('effect.png')
      const picture = await readFile(await download.path())
      expect(picture.subarray(1, 4).toString()).toBe('PNG')
      expect(picture.readUInt32BE(16)).toBe(1_920)
      expect(logged).toEqual([])
    })
  })

  it('shows how values of a quantile metric are spread, with a table and a file, and where the others are', async () => {
    await open(states.segmented, async (page) => {
      expect(await texts(page, '#spread')).toEqual(['Distribution: 95th percentile of latency'])
      expect(await texts(page, '#distribution thead th')).toEqual(['Share at or below', 'gemma', 'qwen'])
      const row = (await texts(page, '#distribution tbody tr')).find((text) => text.startsWith('95 %'))?.replaceAll(',', '') ?? ''
      const { variants } = await reportOf(states.segmented)
      for (const { metrics } of variants) expect(row).toContain(String(Math.round(metrics['latency']?.estimate ?? NaN)).slice(0, 2))
      expect(await page.textContent('#distribution + p')).toContain('median latency')
      const { status, text, headers } = await held.app.send('GET', (await page.getAttribute('#distribution a[download]', 'href')) ?? '', undefined)
      expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8'])
      expect(text).toContain('Distribution: 95th percentile of latency')
    })
    await open(states.segmented, async (page) => expect(await texts(page, '#spread')).toEqual(['Distribution: median latency']), {}, '?metric=typical')
    await open(states.bandit, async (page) => expect(await page.locator('#spread').count()).toBe(0))
  })
})
