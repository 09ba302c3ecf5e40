import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { TestApp } from '../http/support.ts'
import { flags } from '../runtime/browser/flags.ts'

/** The narrowest screen that phones of today have, in CSS pixels. */
export const narrow = { width: 375, height: 667 }

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags })

/** A key with these scopes, and its id. */
export const keyOf = async ({ must }: Pick<TestApp, 'must'>, ...scopes: string[]): Promise<{ id: string; key: string }> =>
  (await must('POST', '/api/keys', { name: scopes.join(' '), scopes })) as { id: string; key: string }

/** A page of somebody who signed in with this key; without script unless told. */
export const signedIn = async (browser: Browser, url: string, key: string, javaScriptEnabled = false): Promise<{ context: BrowserContext; page: Page }> => {
  const context = await browser.newContext({ javaScriptEnabled })
  const page = await context.newPage()
  await page.goto(`${url}/`)
  await page.fill('#key', key)
  await Promise.all([page.waitForURL(`${url}/`), page.click('main button')])
  return { context, page }
}

/** Elements that reach beyond the right edge of the window (but for those that scroll in a region of their own), and the page itself where it can be scrolled sideways. */
export const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => [
    ...(document.scrollingElement!.scrollWidth > innerWidth ? ['the page'] : []),
    ...[...document.querySelectorAll('main, table, section, p, li, pre')].filter((one) => one.closest('.scroll') === null && one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.tagName),
  ])
