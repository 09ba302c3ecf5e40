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

  it.each(['/docs'])('%s does not scroll sideways, and no list on it does', async (path) => {
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
})
