import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { html } from 'hono/html'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageHeaders } from '../../../src/http/pages/respond.ts'
import { chartFigure, wordsOf } from '../../../src/report/charts/index.ts'
import { onlooker, page as documentOf } from '../../../src/report/layout.ts'
import { chartScript } from '../../../src/report/script.ts'
import { style } from '../../../src/report/style/style.ts'
import { chartSamples } from '../chart-samples.ts'
import { flags } from './flags.ts'

/** Charts on a page of their own, behind the policy that all pages have. */
describe('charts on a page', () => {
  let server: Server
  let browser: Browser
  let url: string

  beforeAll(async () => {
    const figures = (await chartSamples()).map((chart) => chartFigure(chart))
    const text = String(await documentOf({ title: 'Charts', content: html`<h1>Charts</h1>${figures}`, reader: onlooker }))
    const files: Record<string, [type: string, text: string]> = {
      '/': ['text/html; charset=utf-8', text], '/page.js': ['text/javascript', chartScript], '/style.css': ['text/css', style],
    }
    server = createServer(({ url: path = '' }, response) => {
      const file = files[path]
      response.writeHead(file ? 200 : 404, { ...pageHeaders, 'content-type': file?.[0] ?? 'text/plain' }).end(file?.[1])
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags })
  })
  afterAll(async () => {
    await browser.close()
    server.close()
  })

  /** Open the page; whatever the policy refuses or the script throws fails the test. */
  const withPage = async (use: (page: Page) => Promise<void>, viewport = { width: 1_100, height: 800 }, javaScriptEnabled = true): Promise<void> => {
    const context = await browser.newContext({ viewport, javaScriptEnabled, timezoneId: 'Asia/Tokyo', locale: 'en-GB' })
    const page = await context.newPage()
    const troubles: string[] = []
    page.on('console', (message) => troubles.push(message.text()))
    page.on('pageerror', (error) => troubles.push(error.message))
    await page.goto(url)
    await use(page)
    expect(troubles).toEqual([])
    await context.close()
  }
  const readout = (page: Page, id: string): Promise<string | null> => page.textContent(`#${id} [role=status]`)

  it('tell their points to the arrow keys as the table has them', () => withPage(async (page) => {
    const [effect] = await chartSamples()
    await page.focus('#effect svg.wide')
    const told: (string | null)[] = []
    for (const key of ['ArrowRight', 'ArrowRight', 'End', 'ArrowRight', 'ArrowLeft', 'Home', 'ArrowLeft']) {
      await page.keyboard.press(key)
      told.push(await readout(page, 'effect'))
    }
    const { head, rows } = effect!.table
    const row = (index: number): string => rows.at(index)!.map((cell, at) => (at > 0 ? `${head[at]} ` : '') + wordsOf([cell])).join(' · ')
    expect(told).toEqual([row(0), row(1), row(-1), row(-1), row(-2), row(0), row(0)])
    expect(await page.locator('#effect svg.wide .crosshair').getAttribute('d')).toMatch(/^M[\d.]+ 0V\d+$/)
  }))

  it('tell the point nearest to the pointer', () => withPage(async (page) => {
    const box = (await page.locator('#traffic svg.wide').boundingBox())!
    await page.mouse.move(box.x + box.width - 30, box.y + 80)
    expect(await readout(page, 'traffic')).toMatch(/^1 Nov 20:00 UTC · gemma, traffic 50\.0 % · /)
  }))

  it('are saved as a picture', () => withPage(async (page) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#latency [data-png]')])
    expect(download.suggestedFilename()).toBe('latency.png')
    const bytes = await readFile(await download.path())
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1_920, 640])
  }))

  it('say moments in local time on hover', () => withPage(async (page) => {
    await page.hover('#effect figcaption time')
    const time = page.locator('#effect figcaption time').first()
    expect(await time.textContent()).toMatch(/ UTC$/)
    expect(await time.getAttribute('title')).toBe(new Date((await time.getAttribute('datetime'))!).toLocaleString('en-GB', { timeZone: 'Asia/Tokyo' }))
  }))

  it('have a drawing of their own on a phone, which does not scroll sideways', () => withPage(async (page) => {
    expect(await page.locator('svg.chart:visible').evaluateAll((all) => all.map((one) => one.getAttribute('class')))).toEqual(Array(4).fill('chart narrow'))
    expect(await page.evaluate(() => document.scrollingElement!.scrollWidth)).toBe(375)
  }, { width: 375, height: 700 }))

  it('are complete without script', () => withPage(async (page) => {
    expect(await page.locator('[data-png]:visible').count()).toBe(0)
    await page.click('#effect summary')
    expect(await page.locator('#effect tbody tr').count()).toBe(48)
  }, undefined, false))
})

it('the script of charts is small', () => expect(chartScript.length).toBeLessThan(2_600))
