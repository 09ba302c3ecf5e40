import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, startApp, type TestApp } from '../../http/support.ts'
import { narrow } from '../../report/browser.ts'
import { flags } from './flags.ts'


describe('pages on a phone', () => {
  let app: TestApp
  let browser: Browser

  beforeAll(async () => {
    app = await startApp()
    await define(app)
    const longest = 'm'.repeat(64)
    await app.must('POST', '/api/models', { key: longest, description: 'wordsthatneverend'.repeat(12) })
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags })
  })
  afterAll(async () => {
    await browser.close()
    await app.close()
  })

  it.each(['/docs', '/how-to-read', '/nowhere'])('%s does not scroll sideways, and no list on it does', async (path) => {
    const page = await browser.newPage({ viewport: narrow })
    await page.goto(app.url + path)
    expect(await page.textContent('h1')).not.toBe('')
    const { content, window, wider } = await page.evaluate(() => ({
      content: document.scrollingElement?.scrollWidth ?? Infinity,
      window: innerWidth,
      wider: [...document.querySelectorAll('main, table, p, li')].filter((one) => one.getBoundingClientRect().right > innerWidth).length,
    }))
    expect(window).toBe(narrow.width)
    expect(content).toBeLessThanOrEqual(window)
    expect(wider).toBe(0)
    await page.close()
  })

  it('is told in a page that there is nothing, and does not see again what was asked for', async () => {
    const page = await browser.newPage()
    const answer = await page.goto(`${app.url}/nowhere/<svg onload=alert(1)>`)
    expect([answer?.status(), answer?.headers()['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(await page.textContent('h1')).toBe('There is nothing here')
    expect(await page.locator('main svg').count()).toBe(0)
    expect(await page.getAttribute('main a', 'href')).toBe('/')
    expect((await page.goto(`${app.url}/session`))?.status()).toBe(405)
    expect(await page.textContent('main')).toContain('POST')
    await page.close()
  })
})
