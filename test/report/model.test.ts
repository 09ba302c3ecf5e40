import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, startApp, type TestApp } from '../http/support.ts'
import { insertRunning } from '../support/experiment-rows.ts'
import { keyOf, narrow, openBrowser, signedIn, tooWide } from './browser.ts'

let app: TestApp
let browser: Browser
let operator: { id: string; key: string }
let reader: { id: string; key: string }

const versionsOf = async (key: string, count = 3): Promise<void> => {
  await app.must('POST', '/api/models', { key })
  for (let version = 1; version <= count; version++) {
    await app.must('POST', `/api/models/${key}/versions`, { version: String(version), owner: 'team', evaluation: { bleu: 30 + version }, payload: { endpoint: `https://models.example/${version}` } })
  }
}
const serve = (key: string, version: string, reason: string) => app.must('PUT', `/api/models/${key}/champion`, { version, reason })
const historyOf = async (key: string) => (await app.must('GET', `/api/models/${key}/champion/history`))['items'] as Record<string, unknown>[]

beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  operator = await keyOf(app, 'read', 'operate')
  reader = await keyOf(app, 'read')
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await app.close()
})

describe('the page of a model', () => {
  it('goes back without script, with a reason, under the key of whoever asked', async () => {
    await versionsOf('back')
    await serve('back', '1', 'first')
    await serve('back', '2', 'better')
    const { context, page } = await signedIn(browser, app.url, operator.key)
    await page.goto(`${app.url}/models/back`)
    expect(await page.textContent('.card h2')).toContain('Version 2 serves everybody')
    expect(await page.textContent('.card .button')).toMatch(/^Go back to version 1 \(served \d+ \w+\)…$/)
    await page.click('.card .button')
    expect(await page.textContent('h1')).toBe('Go back to version 1 of back?')
    expect(await page.inputValue('textarea')).toBe('')
    expect(await page.textContent('.facts')).toContain('on every node within five seconds')
    await page.fill('textarea', 'users <b>complain</b>')
    await page.click('main button')
    expect(new URL(page.url()).pathname).toBe('/models/back')
    expect(await page.textContent('[role=status]')).toContain('version 1 is champion')
    expect(await historyOf('back')).toMatchObject([{ version: '1', previous: '2', kind: 'rollback', actor: operator.id, reason: 'users <b>complain</b>' }, {}, {}])
    expect(await page.textContent('main')).toContain('users <b>complain</b>')
    expect((await app.must('POST', '/assign', { model: 'back', unit: 'ada' }))['version']).toBe('1')
    await context.close()
  })

  it('shows both states and asks again when somebody was faster, and keeps the reason', async () => {
    await versionsOf('raced')
    await serve('raced', '1', 'first')
    await serve('raced', '2', 'better')
    const { context, page } = await signedIn(browser, app.url, operator.key)
    await page.goto(`${app.url}/models/raced/rollback`)
    await serve('raced', '3', 'somebody was faster')
    await page.fill('textarea', 'slow')
    await page.click('main button')
    expect(await page.textContent('[role=alert]')).toMatch(/You saw.*version 2 as champion, to go back to version 1.*It is now.*version 3 as champion, to go back to version 2.*somebody was faster/s)
    expect(await page.inputValue('textarea')).toBe('slow')
    expect((await historyOf('raced'))[0]).toMatchObject({ version: '3' })
    await page.click('main button')
    expect((await historyOf('raced'))[0]).toMatchObject({ version: '2', kind: 'rollback', reason: 'slow' })
    await context.close()
  })

  it('offers nothing to a key that reads only, and refuses what it sends', async () => {
    await versionsOf('shown')
    await serve('shown', '1', 'first')
    await serve('shown', '2', 'better')
    const { context, page } = await signedIn(browser, app.url, reader.key)
    await page.goto(`${app.url}/models/shown`)
    expect(await page.locator('main button, main .button').count()).toBe(0)
    expect((await page.goto(`${app.url}/models/shown/rollback`))?.status()).toBe(403)
    const answer = await fetch(`${app.url}/models/shown/rollback`, {
      method: 'POST', body: new URLSearchParams({ reason: 'x', seen: '2', to: '1', champion: '2' }), headers: { authorization: `Bearer ${reader.key}`, origin: app.url },
    })
    expect(answer.status).toBe(403)
    expect((await historyOf('shown'))[0]).toMatchObject({ version: '2' })
    await context.close()
  })

  it('says where there is nothing to go back to, and near keys where there is no model', async () => {
    await versionsOf('lonely', 1)
    const { context, page } = await signedIn(browser, app.url, operator.key)
    const refused = await page.goto(`${app.url}/models/lonely/rollback`)
    expect([refused?.status(), await page.textContent('h1')]).toEqual([409, 'There is nothing to go back to'])
    const missing = await page.goto(`${app.url}/models/lonly`)
    expect([missing?.status(), await page.getAttribute('main p a', 'href')]).toEqual([404, '/models/lonely'])
    await context.close()
  })

  it('takes payloads for text, cuts huge ones, says what differs and what is locked, and fits a phone', async () => {
    await insertRunning(app.service.database.api, 'locked')
    await app.must('POST', '/api/experiments/locked/actions', { action: 'rollback', reason: 'rude' })
    const hostile = '<script>document.title = "owned"</script>'
    await app.must('POST', '/api/models/locked/versions', { version: '9', payload: { [hostile]: hostile, huge: 'w'.repeat(50_000) }, owner: hostile, dataset: 'd'.repeat(1_500) })
    const { context, page } = await signedIn(browser, app.url, operator.key, true)
    await page.setViewportSize(narrow)
    await page.goto(`${app.url}/models/locked`)
    expect(await page.textContent('#version-2')).toContain('since locked took it out of service: rude')
    expect(await page.getAttribute('#version-2 .problem a', 'href')).toBe('/experiments/locked/act/acknowledge')
    for (const summary of await page.locator('main details:not([open]) > summary').all()) if (await summary.isVisible()) await summary.click()
    for (const summary of await page.locator('main details details:not([open]) > summary').all()) await summary.click()
    expect(await page.textContent('#version-9')).toContain(hostile)
    expect(await page.getAttribute('#version-9 details a', 'href')).toBe('/api/models/locked/versions/9')
    expect((await page.content()).length).toBeLessThan(60_000)
    expect(await page.title()).toBe('locked · Contender')
    expect(await tooWide(page)).toEqual([])
    await context.close()
  })
})
