import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, startApp, type TestApp } from '../http/support.ts'
import { keyOf, openBrowser, signedIn, tooWide } from './browser.ts'

let app: TestApp
let browser: Browser
beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await app.close()
})

const fill = async (page: Page, values: Record<string, string>): Promise<void> => {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`[name="${name}"]`)
    await ((await field.evaluate((one) => one.tagName)) === 'SELECT' ? field.selectOption(value) : field.fill(value))
  }
}
const send = (page: Page, what = 'create'): Promise<void> => page.click(`button[name=do][value="${what}"]:not([hidden])`)
const problems = (page: Page): Promise<string[]> => page.locator('[role=alert] li code').allTextContents()

describe('beginning without script', () => {
  it('leads from nothing to an experiment that runs', async () => {
    const { key } = await keyOf(app, 'read', 'define', 'operate')
    const { context, page } = await signedIn(browser, app.url, key)
    await page.click('text=New model…')
    await fill(page, { key: 'assistant', 'versions[0].version': '1', 'versions[0].payload': '{"endpoint": "one"}', 'versions[1].version': '2' })
    await send(page)
    expect(new URL(page.url()).pathname).toBe('/models/assistant')
    expect(await app.must('GET', '/api/models/assistant/versions')).toMatchObject({ items: [{ version: '1', payload: { endpoint: 'one' } }, { version: '2' }] })

    await page.click('text=Overview')
    await page.click('text=New metric…')
    await fill(page, { key: 'slow', name: 'slow replies', kind: 'mean', measure: 'latency_ms', direction: 'decrease', threshold: '800' })
    await send(page)
    expect(await app.must('GET', '/api/metrics/slow')).toMatchObject({ name: 'slow replies', kind: 'mean', measure: 'latency_ms', direction: 'decrease', threshold: { above: 800 } })

    expect(new URL(page.url()).pathname).toBe('/experiments/new')
    await fill(page, { key: 'first', model: 'assistant', 'variants[0].key': 'old', 'variants[0].version': '1', 'variants[1].key': 'new', 'variants[1].version': '2', 'metrics[0].metric': 'slow' })
    await page.check('[name=unguarded]')
    await send(page)
    await page.click('main section .button.strong')
    await page.fill('#act-reason', 'a first try')
    await page.click('main button')
    expect((await app.must('GET', '/api/experiments/first'))['state']).toBe('running')
    await context.close()
  })

  it('tells what is wrong at its field, keeps what was typed, and makes nothing of it', async () => {
    const { key } = await keyOf(app, 'read', 'define')
    const { context, page } = await signedIn(browser, app.url, key)
    await page.goto(`${app.url}/models/new`)
    await fill(page, { key: 'Not A Key', 'versions[0].version': '1', 'versions[0].payload': '<b>no JSON</b>', 'versions[1].version': '1' })
    await send(page)
    expect(await problems(page)).toEqual(expect.arrayContaining(['key', 'versions[0].payload', 'versions[1].version']))
    expect(await page.locator('[role=alert] a').allTextContents()).toEqual(
      expect.arrayContaining(['Key, as in addresses', 'Version 1: What /assign answers with, JSON', 'Version 2: Version']))
    expect(await page.inputValue('[name="versions[0].payload"]')).toBe('<b>no JSON</b>')
    await fill(page, { key: 'wrong', 'versions[0].payload': '', 'versions[1].version': '2' })
    await send(page, 'show')
    expect((await page.textContent('.beside pre')) ?? '').toContain('"key": "wrong"')
    expect((await app.call('GET', '/api/models/wrong')).status).toBe(404)
    await send(page)
    await page.goto(`${app.url}/models/new`)
    await fill(page, { key: 'wrong' })
    await send(page)
    expect(await problems(page)).toEqual(['key'])

    await page.goto(`${app.url}/metrics/new`)
    await fill(page, { key: 'p95', kind: 'quantile', measure: 'ms', quantile: '95' })
    await send(page)
    expect(await problems(page)).toEqual(['quantile'])
    expect(await page.locator('[aria-invalid=true]').getAttribute('name')).toBe('quantile')
    await fill(page, { quantile: '0.95', threshold: 'much' })
    await send(page)
    expect(await problems(page)).toEqual(['threshold'])
    expect((await app.call('GET', '/api/metrics/p95')).status).toBe(404)
    await context.close()
  })

  it('is for who may define; others see no way there, and are refused', async () => {
    const { key } = await keyOf(app, 'read')
    const { context, page } = await signedIn(browser, app.url, key)
    expect(await page.locator('a[href$="/new"]').count()).toBe(0)
    for (const path of ['/models/new', '/metrics/new']) {
      expect((await page.goto(app.url + path))?.status()).toBe(403)
      expect((await context.request.post(app.url + path, { headers: { origin: app.url }, form: { do: 'create', key: 'x' } })).status()).toBe(403)
    }
    await context.close()
  })

  it('shows the same JSON as the API takes, and fits a phone', async () => {
    const { key } = await keyOf(app, 'read', 'define')
    const { context, page } = await signedIn(browser, app.url, key)
    await page.setViewportSize({ width: 375, height: 667 })
    await page.goto(`${app.url}/metrics/new`)
    await fill(page, { key: 'cost', name: "the model's cost", kind: 'total', measure: 'cents', direction: 'decrease', cap: '40', reports: 'event' })
    await send(page, 'show')
    const command = (await page.textContent('.beside pre')) ?? ''
    const json = command.slice(command.indexOf("-d '") + 4, -1).replaceAll("'\\''", "'")
    expect(await app.must('POST', '/api/metrics', JSON.parse(json))).toMatchObject({ key: 'cost', name: "the model's cost", cap: 40, reports: 'event' })
    expect(await tooWide(page)).toEqual([])
    await page.goto(`${app.url}/models/new`)
    expect(await tooWide(page)).toEqual([])
    await context.close()
  })
})
