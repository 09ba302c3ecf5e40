import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import type { Report } from '../../src/core/analyze/report.ts'
import { openBrowser } from './browser.ts'
import { startStates, type StatesApp } from './states.ts'

/** Work on a report page that is open in a window of its own, with what it logged. */
export type OnPage = (page: Page, logged: string[]) => Promise<void>

/** Experiments in these states and a browser, from before the first test of a file until after its last. */
export const reportPages = (...only: string[]) => {
  const held = {} as { app: StatesApp; browser: Browser }
  beforeAll(async () => {
    held.app = await startStates({}, 24, only)
    held.browser = await openBrowser()
  })
  afterAll(async () => {
    await held.browser?.close()
    await held.app?.close()
  })
  const pathOf = (key: string): string => `${held.app.url}/experiments/${key}`
  return {
    held,
    pathOf,
    reportOf: async (key: string): Promise<Report> => (await held.app.must('GET', `/api/experiments/${key}/report`)) as unknown as Report,
    async open(key: string, work: OnPage, options: BrowserContextOptions = {}, query = ''): Promise<void> {
      const context = await held.browser.newContext(options)
      try {
        const page = await context.newPage()
        const logged: string[] = []
        page.on('console', (message) => logged.push(message.text()))
        page.on('pageerror', (error) => logged.push(error.message))
        await page.goto(pathOf(key) + query)
        await work(page, logged)
      } finally {
        await context.close()
      }
    },
  }
}

/** What elements say, white space apart. */
export const texts = (page: Page, selector: string): Promise<string[]> =>
  page.$$eval(selector, (all) => all.map((one) => (one.textContent ?? '').replace(/\s+/g, ' ').trim()))
