import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, startApp, type TestApp } from '../http/support.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { look } from '../support/look.ts'
import { keyOf, narrow, openBrowser, signedIn, tooWide } from './browser.ts'

let app: TestApp
let browser: Browser
let operator: { id: string; key: string }
let reader: { id: string; key: string }
let id: number

beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  operator = await keyOf(app, 'read', 'operate')
  reader = await keyOf(app, 'read')
  const pool = app.service.database.api
  const { scope } = await insertRunning(pool, 'harmful')
  await addCells(pool, scope, [...conversions(0, 3_000, 1_200, 300), ...conversions(1, 3_000, 1_200, 650)])
  await look(pool)
  const { items } = await app.must('GET', '/api/experiments/harmful/decisions')
  id = (items as { id: number; action: string }[]).find(({ action }) => action === 'rollback')!.id
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await app.close()
})

describe('the page of a decision', () => {
  it('shows what is stored, exactly, and takes it again to the same action', async () => {
    const stored = await app.must('GET', `/api/decisions/${id}`)
    const { context, page } = await signedIn(browser, app.url, reader.key)
    await page.setViewportSize(narrow)
    await page.goto(`${app.url}/decisions/${id}`)
    expect(await page.textContent('h1')).toBe(`Decision ${id}: rolled back qwen`)
    expect(JSON.parse((await page.textContent('pre.tall'))!)).toEqual(stored['evidence'])
    const text = (await page.textContent('main'))!
    for (const field of ['rule', 'hash', 'prevHash', 'policyHash', 'inputs']) expect(text).toContain(stored[field])
    expect(text).toContain('Harmful')
    expect(text).toContain((stored['undo'] as { text: string }).text)
    expect(await tooWide(page)).toEqual([])
    await page.click('text=Recompute')
    expect(await page.textContent('h1')).toBe(`Decision ${id} taken again: same action`)
    expect(await page.textContent('.note')).toContain('Same action')
    await context.close()
  })

  it('shows every field that differs once the entry was changed', async () => {
    const pool = app.service.database.api
    await pool.run(async (sql) => {
      await sql`alter table ledger disable trigger user`
      await sql`update ledger set entry = jsonb_set(entry, '{reason}', '"<script>forged</script>"') where id = ${id}`
    })
    const { context, page } = await signedIn(browser, app.url, reader.key)
    await page.goto(`${app.url}/decisions/${id}/replay`)
    expect(await page.textContent('h1')).toBe(`Decision ${id} taken again: not the same`)
    expect(await page.locator('tr:has(code:text-is("reason")) td:nth-child(2)').textContent()).toBe('"<script>forged</script>"')
    await context.close()
  })

  it('that is not there is not found, whatever is asked for', async () => {
    const { context, page } = await signedIn(browser, app.url, reader.key)
    for (const path of ['999999', '0', 'x', '1e3', `${id}/unknown`]) expect((await page.goto(`${app.url}/decisions/${path}`))?.status()).toBe(404)
    await context.close()
  })
})

describe('the page of a post-mortem', () => {
  it('is read with any key, and signed with one that operates, in words', async () => {
    const reading = await signedIn(browser, app.url, reader.key)
    await reading.page.goto(`${app.url}/decisions/${id}/post-mortem`)
    expect(await reading.page.textContent('h1')).toBe('Post-mortem: rollback of qwen in harmful')
    expect(await reading.page.locator('main form').count()).toBe(0)
    await reading.context.close()
    const refused = await fetch(`${app.url}/decisions/${id}/post-mortem`, {
      method: 'POST', body: new URLSearchParams({ note: 'x' }), headers: { authorization: `Bearer ${reader.key}`, origin: app.url },
    })
    expect(refused.status).toBe(403)

    const { context, page } = await signedIn(browser, app.url, operator.key)
    await page.goto(`${app.url}/decisions/${id}/post-mortem`)
    expect(await page.textContent('main section')).toContain('It unlocks version 2.')
    await page.fill('textarea', '   ')
    await page.click('main button')
    expect(await page.textContent('[role=alert]')).toContain('Say what was found')
    await page.fill('textarea', 'a <b>slow</b> tokenizer')
    await page.click('main button')
    expect(await page.textContent('.note')).toContain(`Signed by ${operator.id}`)
    expect(await page.textContent('.note')).toContain('a <b>slow</b> tokenizer')
    expect(await page.locator('main form').count()).toBe(0)
    expect((await app.must('GET', '/api/models/harmful/versions/2'))['lock']).toBeNull()
    await context.close()
  })
})
