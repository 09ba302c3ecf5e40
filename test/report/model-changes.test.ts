import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, startApp, type TestApp } from '../http/support.ts'
import { keyOf, openBrowser, signedIn, tooWide } from './browser.ts'
import { violationsOf } from './gallery.ts'

let app: TestApp
let browser: Browser
const keys = {} as Record<'reader' | 'definer' | 'operator', string>

beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  keys.reader = (await keyOf(app, 'read')).key
  keys.definer = (await keyOf(app, 'read', 'define')).key
  keys.operator = (await keyOf(app, 'read', 'operate')).key
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

const modelOf = async (key: string, artifacts: (string | undefined)[] = [undefined]): Promise<void> => {
  await app.must('POST', '/api/models', { key })
  for (const [index, artifact] of artifacts.entries()) {
    await app.must('POST', `/api/models/${key}/versions`, { version: String(index + 1), payload: {}, ...(artifact === undefined ? {} : { artifact }) })
  }
}
const versionOf = (key: string, version: string) => app.call('GET', `/api/models/${key}/versions/${version}`)

describe('a further version of a model', () => {
  it('is added on its page without script, as the API would', async () => {
    await modelOf('grown')
    const { context, page } = await signedIn(browser, app.url, keys.definer)
    await page.goto(`${app.url}/models/grown`)
    await page.click('text=Add a version…')
    await page.fill('[name=version]', '2')
    await page.fill('[name=payload]', '{"endpoint": "https://models.example/2"}')
    await page.fill('[name=evaluation]', 'bleu = 31.5\nwins over base: 0.54')
    await page.fill('[name=trainedAt]', '2025-11-20')
    await page.click('button[value=show]')
    const command = (await page.textContent('pre')) ?? ''
    expect(command).toContain('/api/models/grown/versions')
    const body = JSON.parse(/-d '(.*)'$/s.exec(command)?.[1] ?? '') as Record<string, unknown>
    expect((await versionOf('grown', '2')).status).toBe(404)
    await page.click('button[value=create]')
    expect(new URL(page.url()).pathname).toBe('/models/grown')
    const { body: made } = await versionOf('grown', '2')
    expect(made).toMatchObject({ ...body, payload: { endpoint: 'https://models.example/2' }, evaluation: { bleu: 31.5, 'wins over base': 0.54 }, trainedAt: '2025-11-20T00:00:00Z' })
    await context.close()
  })

  it('is not added while something is wrong, which is told beside its field', async () => {
    await modelOf('wrong')
    const { context, page } = await signedIn(browser, app.url, keys.definer)
    for (const [field, value, told] of [
      ['version', '1', /already/], ['payload', '{"endpoint"', /JSON/], ['evaluation', 'good', /name and a number/], ['trainedAt', 'yesterday', /^expected a time such as /],
    ] as const) {
      await page.goto(`${app.url}/models/wrong/versions/new`)
      await page.fill('[name=version]', '2')
      await page.fill(`[name=${field}]`, value)
      await page.click('button[value=create]')
      expect(await page.textContent(`#f-${field}-problem`)).toMatch(told)
      expect(await page.inputValue(`[name=${field}]`)).toBe(value)
    }
    expect((await versionOf('wrong', '2')).status).toBe(404)
    await context.close()
  })

  it('needs the scope define, to look and to send', async () => {
    await modelOf('guarded')
    const { context, page } = await signedIn(browser, app.url, keys.reader)
    await page.goto(`${app.url}/models/guarded`)
    expect(await page.locator('text=Add a version…').count()).toBe(0)
    expect((await page.goto(`${app.url}/models/guarded/versions/new`))?.status()).toBe(403)
    expect(await page.textContent('main')).toContain('lacks the scope "define"')
    const sent = await app.send('POST', '/models/guarded/versions/new', 'version=2&do=create', { authorization: `Bearer ${keys.reader}`, 'content-type': 'application/x-www-form-urlencoded' })
    expect([sent.status, sent.text.includes('scope')]).toEqual([403, true])
    await context.close()
  })
})

describe('how MLflow stands to a model', () => {
  const stand = (key: string, sync: object | null) => app.service.database.api.run((sql) => sql`
    update models set registry = '{"mlflow": "summarizer"}', registry_sync = ${sync === null ? null : sql.json({ error: null, at: '2025-11-20T10:00:00Z', ...sync } as never)} where key = ${key}`)
  const linked = async (key: string): Promise<void> => {
    await modelOf(key, ['models:/summarizer/3', 'models:/summarizer/7'])
    await app.must('PUT', `/api/models/${key}/champion`, { version: '1', reason: 'first' })
  }
  const section = async (key: string, as: string): Promise<string> => {
    const { context, page } = await signedIn(browser, app.url, as)
    await page.goto(`${app.url}/models/${key}`)
    const text = (await page.textContent('#registry + div'))?.replaceAll(/\s+/g, ' ') ?? ''
    await context.close()
    return text
  }

  it('is told in words: not looked at, the same, not told yet and why', async () => {
    await linked('standing')
    const shown = () => section('standing', keys.reader)
    await stand('standing', null)
    expect(await shown()).toContain('Nobody has looked at it yet')
    await stand('standing', { status: 'synced', written: '3', observed: '3' })
    expect(await shown()).toContain('MLflow says the same: version 3')
    await stand('standing', { status: 'pending', written: null, observed: '2', error: 'it does not answer' })
    expect(await shown()).toMatch(/MLflow has not been told yet.*It does not answer\. It is tried again by itself.*version 3 \(here 1\).*version 2/)
  })

  it('after a drift it tells what was expected and found, and who operates says which one counts', async () => {
    await linked('drifted')
    await stand('drifted', { status: 'drift', written: '3', observed: '7' })
    const told = await section('drifted', keys.reader)
    expect(told).toMatch(/Somebody moved the champion in MLflow.*Expected ?version 3, as we had left it.*Found ?version 7/)
    expect(told).toMatch(/A key that may operate.*curl .*\/api\/models\/drifted\/registry.*"keep":"ours"/)
    const { context, page } = await signedIn(browser, app.url, keys.operator)
    await page.goto(`${app.url}/models/drifted`)
    await page.click('text=Say which one counts…')
    expect(await page.locator('input:checked').count()).toBe(0)
    await page.check('[value=registry]')
    await page.fill('textarea', 'seven was tested offline')
    await page.click('main form button')
    expect(new URL(page.url()).pathname).toBe('/models/drifted')
    expect(await page.textContent('#registry + div')).toContain('MLflow says the same: version 7')
    expect((await app.must('GET', '/api/models/drifted'))['champion']).toBe('2')
    expect((await page.goto(`${app.url}/models/drifted/registry`))?.status()).toBe(409)
    await context.close()
  })

  it('a version that is not here cannot be served; ours is written over it', async () => {
    await linked('unknown')
    await stand('unknown', { status: 'drift', written: '3', observed: '9' })
    const { context, page } = await signedIn(browser, app.url, keys.operator)
    await page.goto(`${app.url}/models/unknown/registry`)
    expect(await page.isDisabled('[value=registry]')).toBe(true)
    expect(await page.textContent('fieldset')).toContain('version 9 of MLflow is none of ours; import it first')
    await page.check('[value=ours]')
    await page.fill('textarea', 'nine was a mistake')
    await page.click('main form button')
    expect(await page.textContent('#registry + div')).toContain('MLflow has not been told yet')
    await context.close()
  })

  it('fits a phone and is accessible; a key that only reads is told so', async () => {
    await linked('looks')
    await stand('looks', { status: 'drift', written: null, observed: '7' })
    const context = await browser.newContext({ viewport: { width: 375, height: 667 }, extraHTTPHeaders: { authorization: `Bearer ${adminKey}` } })
    const page = await context.newPage()
    for (const path of ['', '/registry', '/versions/new']) {
      await page.goto(`${app.url}/models/looks${path}`)
      const name = path.replaceAll('/', '-')
      if (process.env['SCREENSHOTS']) await page.screenshot({ path: `${process.env['SCREENSHOTS']}/model-mlflow${name}.png`, fullPage: true })
      expect([path, await tooWide(page), await violationsOf(page)]).toEqual([path, [], []])
    }
    await context.close()
    expect((await app.send('GET', '/models/looks/registry', undefined, { authorization: `Bearer ${keys.reader}` })).status).toBe(403)
  })
})
