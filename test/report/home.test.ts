import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, startApp, type TestApp } from '../http/support.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { look } from '../support/look.ts'
import { narrow, openBrowser, tooWide } from './browser.ts'

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const texts = (page: Page, selector: string): Promise<string[]> =>
  page.locator(selector).evaluateAll((all) => all.map((one) => (one.textContent ?? '').replace(/\s+/g, ' ').trim()))

describe('the overview of a new service', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startApp()
  })
  afterAll(() => app.close())

  it('shows commands that lead to a first experiment, just as they stand', async () => {
    const page = await browser.newPage({ viewport: narrow })
    await page.goto(`${app.url}/`)
    expect(await page.textContent('h1')).toBe('Nothing here yet')
    expect(await tooWide(page)).toEqual([])
    const [demo, ...commands] = await page.locator('pre').allTextContents()
    expect(demo).toBe('contender demo')
    const { stdout } = await promisify(execFile)('bash', ['-c', commands.join('\n')])
    expect(stdout).toMatch(/"state":"running".*\{"accepted":1,"duplicates":0\}$/s)
    await page.reload()
    expect(await page.textContent('h1')).toBe('Nothing needs you')
    expect(await texts(page, '.experiments tbody tr td:first-child')).toEqual(['first runningassistant'])
    await page.close()
  })
})

describe('the overview', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startApp()
    await define(app)
    const pool = app.service.database.api
    for (const [key, mode, slow, units] of [['calm', 'auto', 300, 3_000], ['proposed', 'recommend', 650, 3_000], ['crooked', 'auto', 300, 2_600]] as const) {
      const { scope } = await insertRunning(pool, key, { policy: { mode } })
      await addCells(pool, scope, [...conversions(0, 3_000, 1_200, 300), ...conversions(1, units, 1_200, slow)])
    }
    await look(pool)
    await app.must('POST', '/api/models', { key: 'm'.repeat(64), description: `<script>alert(1)</script> ${'wordsthatneverend'.repeat(12)}` })
  })
  afterAll(() => app.close())

  const open = async (path: string, viewport = { width: 1_200, height: 800 }): Promise<Page> => {
    const page = await browser.newPage({ viewport })
    await page.goto(app.url + path)
    return page
  }

  it('says first who is needed, what for, and where to go', async () => {
    const page = await open('/')
    expect(await page.textContent('h1')).toBe('2 experiments need you')
    expect(await page.title()).toBe('2 experiments need you · Contender')
    expect(await texts(page, '.need h2 a')).toEqual(['proposed', 'crooked'])
    expect(await texts(page, '.need .pill')).toEqual(['■ Harm', '! Bad data'])
    expect(await page.locator('.need li a').first().getAttribute('href')).toMatch(/^\/experiments\/proposed#decision-\d+$/)
    await page.close()
  })

  it('shows for each experiment a verdict in words, a headline, its traffic, its day, its checks and its last decision', async () => {
    const page = await open('/?show=running')
    const cells = await texts(page, '.experiments tbody tr:has(a[href="/experiments/calm"]) td')
    expect(cells[1]).toMatch(/^○ Not decided.*No clear difference yet between qwen and gemma\.$/)
    expect(cells[2]).toBe('gemma 50 % qwen 50 %')
    expect(cells[3]).toBe('day 3 of 146,000 users10 of 10 checks')
    const crooked = await texts(page, '.experiments tbody tr:has(a[href="/experiments/crooked"]) td')
    expect(crooked[1]).toMatch(/^! On hold ?Do not read these results yet/)
    expect(crooked[3]).toContain('9 of 10 checks (not: split)')
    expect(await page.locator('tr:has(a[href="/experiments/calm"]) svg[role=img]').getAttribute('aria-label')).toBe('Traffic: gemma 50 %, qwen 50 %')
    await page.close()
  })

  it('filters by its counts, which stay in the address, and by model', async () => {
    const page = await open('/')
    expect(await texts(page, '.filters a')).toEqual(['2 need you', '4 running', '1 draft', '5 in all'])
    await page.click('.filters a:has-text("draft")')
    expect(page.url()).toBe(`${app.url}/?show=draft`)
    expect(await texts(page, '.experiments tbody tr td:first-child a b')).toEqual(['drafted'])
    expect(await texts(page, '.filters [aria-current]')).toEqual(['1 draft'])
    await page.goto(`${app.url}/?model=calm`)
    expect(await texts(page, '.filters a')).toEqual(['1 running', '1 in all'])
    const missing = await page.goto(`${app.url}/?model=calmm`)
    expect([missing?.status(), await page.textContent('h1')]).toEqual([404, 'There is no such model'])
    await page.close()
  })

  it('goes on beyond the first two hundred', async () => {
    await app.service.database.api.run((sql) => sql`
      insert into experiments (key, model, state, definition, variants)
      select 'many-' || n, model, 'draft', definition || jsonb_build_object('key', 'many-' || n), variants
      from experiments, generate_series(1, 201) n where key = 'drafted'`)
    const page = await open('/?show=draft')
    expect(await page.locator('.experiments tbody tr').count()).toBe(200)
    await page.click('a[rel=next]')
    expect(await texts(page, '.experiments tbody tr td:first-child a b')).toEqual(['many-1', 'drafted'])
    await page.close()
  })

  it('fits a phone, each value with its name, and takes hostile text for text', async () => {
    const page = await open('/', narrow)
    expect(await tooWide(page)).toEqual([])
    const labels = await page.$$eval('.experiments tbody tr:first-child td[data-label]', (cells) => cells.map((cell) => getComputedStyle(cell, '::before').content))
    expect(labels).toEqual(['"Result: "', '"Traffic: "', '"Progress: "', '"Last decision: "'])
    expect(await page.textContent('main')).toContain('<script>alert(1)</script>')
    await page.close()
  })
})
