import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, define, experimentOf, startApp, startExperiment, type TestApp } from '../http/support.ts'
import { flags } from '../runtime/browser/flags.ts'

let app: TestApp
let browser: Browser
const keys = {} as Record<'operator' | 'reader', { id: string; key: string }>

beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey })
  await define(app)
  keys.operator = (await app.must('POST', '/api/keys', { name: 'operator', scopes: ['read', 'operate'] })) as typeof keys.operator
  keys.reader = (await app.must('POST', '/api/keys', { name: 'reader', scopes: ['read'] })) as typeof keys.reader
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags })
})
afterAll(async () => {
  await browser.close()
  await app.close()
})

/** A browser of somebody who has signed in with this key. */
const signedIn = async (who: keyof typeof keys, javaScriptEnabled = false): Promise<{ context: BrowserContext; page: Page }> => {
  const context = await browser.newContext({ javaScriptEnabled })
  const page = await context.newPage()
  await page.goto(`${app.url}/`)
  await page.fill('#key', keys[who].key)
  await page.click('main button')
  await page.locator('#key').waitFor({ state: 'detached' })
  return { context, page }
}

const ask = (key: string, action: string): string => `${app.url}/experiments/${key}/act/${action}`
const stateOf = async (key: string): Promise<unknown> => (await app.must('GET', `/api/experiments/${key}`))['state']
const lastOf = async (key: string): Promise<Record<string, unknown>> =>
  ((await app.must('GET', `/api/experiments/${key}/decisions?limit=1`))['items'] as Record<string, unknown>[])[0]!

/** Unfold what a report page offers beside the usual. */
const more = (page: Page): Promise<void> => page.click('details:has(a[href*="/act/"]) > summary')

describe('acting without script', () => {
  it('asks with nothing chosen, does it with a reason, and the ledger names who and why', async () => {
    await startExperiment(app, 'killed')
    const { context, page } = await signedIn('operator')
    await page.goto(ask('killed', 'kill'))
    expect(await page.textContent('h1')).toBe('Kill a variant of killed?')
    expect(await page.locator('input[type=radio]:checked').count()).toBe(0)
    expect(await page.locator('input[type=radio]').evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value))).toEqual(['b'])
    expect(await page.textContent('.choice')).toContain('the experiment ends, and everyone gets a')
    await page.check('input[value=b]')
    await page.fill('#act-reason', 'it <b>insults</b> people')
    await page.click('main button')
    const entry = await lastOf('killed')
    expect(entry).toMatchObject({ action: 'kill', variant: 'b', actor: keys.operator.id, reason: 'it <b>insults</b> people', mode: 'manual' })
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(`/experiments/killed?done=${String(entry['id'])}`)
    expect(await page.textContent('.banner[role=status]')).toContain('Done: stopped b. it <b>insults</b> people')
    expect(await page.locator((await page.getAttribute('.banner a', 'href')) ?? '').count()).toBe(1)
    await context.close()
  })

  it('stops in an emergency: the survivor is named, and serves; the epoch rises', async () => {
    await startExperiment(app, 'stopped')
    const { epoch } = await app.must('GET', '/api/experiments/stopped')
    const { context, page } = await signedIn('operator')
    await page.goto(ask('stopped', 'emergency-stop'))
    expect(await page.textContent('h1')).toBe('Send everyone to a now?')
    expect(await page.textContent('main button')).toBe('Send everyone to a now')
    await page.fill('#act-reason', 'it does harm')
    await page.click('main button')
    expect(await app.must('GET', '/api/experiments/stopped')).toMatchObject({ state: 'killed', epoch: Number(epoch) + 1 })
    expect(await lastOf('stopped')).toMatchObject({ epochBefore: epoch, epochAfter: Number(epoch) + 1, weightsAfter: [1, 0] })
    const { items } = await app.must('GET', '/api/experiments/stopped/epochs')
    expect(items).toMatchObject([{ epoch: Number(epoch) + 1, weights: { a: 1, b: 0 }, endedAt: expect.any(String) }, { epoch, endedAt: expect.any(String) }])
    expect(await app.must('GET', '/api/experiments/stopped/report')).toMatchObject({ state: 'killed' })
    for (const unit of ['u1', 'u2', 'u3', 'u4', 'u5']) {
      expect(await app.must('POST', '/assign', { experiment: 'stopped', unit })).toMatchObject({ version: '1', reason: 'champion' })
    }
    await context.close()
  })

  it('lets another version stand in for the control, needs somebody meanwhile, and lets the control back in', async () => {
    await startExperiment(app, 'rude')
    await app.must('POST', '/api/models/rude/versions', { version: '0', payload: {} })
    const { context, page } = await signedIn('operator')
    const report = `${app.url}/experiments/rude`
    await page.goto(report)
    await more(page)
    await page.click('a[href$="/act/fallback"]')
    expect(await page.textContent('main')).toMatch(/cannot be done now.*No version can stand in for a: .*name versions in fallbacks of the model rude/s)
    await app.must('PATCH', '/api/models/rude', { fallbacks: ['0'] })
    await page.goto(ask('rude', 'fallback'))
    expect(await page.textContent('h1')).toBe('Let version 0 stand in for a?')
    expect(await page.textContent('main')).toContain('version 0 serves instead, also for users who take no part, since a is the champion, until somebody lets a back in')
    await page.fill('#act-reason', 'it insults people')
    await page.click('main button')
    expect(await page.textContent('.banner[role=status]')).toContain('Done: fell back from a. it insults people')
    expect(await app.must('GET', '/api/experiments/rude')).toMatchObject({ fallback: { version: '0', manual: true } })
    expect(await page.textContent('main')).toContain('A person took a out, and version 0 serves instead until somebody lets a back in.')
    expect(await page.locator('a[href$="/act/fallback"]').count()).toBe(0)
    expect(await page.textContent('a[href$="/act/emergency-stop"]')).toBe('Send everyone to version 0 now…')
    await more(page)
    await page.click('a[href$="/act/enable"]')
    expect(await page.textContent('.choice')).toContain('Version 0 stands in for it, since a person took it out; that ends.')
    await page.check('input[value=a]')
    await page.fill('#act-reason', 'it was mended')
    await page.click('main button')
    expect(await page.textContent('.banner[role=status]')).toContain('Done: enabled a.')
    expect(await app.must('GET', '/api/experiments/rude')).not.toHaveProperty('fallback')
    await context.close()
  })

  it('hands traffic on to the variant that waits, where one does', async () => {
    await app.must('POST', '/api/models', { key: 'handed' })
    for (const version of ['1', '2', '3']) await app.must('POST', '/api/models/handed/versions', { version, payload: { version } })
    await app.must('POST', '/api/experiments', experimentOf('handed', {
      model: 'handed', variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
      policy: { onHarm: 'roll-through', next: 'c' }, stages: [{ allocation: 'fixed', weights: { a: 0.5, b: 0.5, c: 0 } }],
    }))
    await app.must('POST', '/api/experiments/handed/actions', { action: 'start', reason: 'test' })
    const { context, page } = await signedIn('operator')
    await page.goto(`${app.url}/experiments/handed`)
    expect(await page.textContent('a[href$="/act/roll-through"]')).toBe('Hand on to c…')
    await more(page)
    await page.click('a[href$="/act/roll-through"]')
    expect(await page.textContent('h1')).toBe('Hand the traffic of b on to c?')
    await page.fill('#act-reason', 'b insults people')
    await page.click('main button')
    expect(await page.textContent('.banner[role=status]')).toContain('Done: rolled through.')
    expect(await lastOf('handed')).toMatchObject({ action: 'roll-through', actor: keys.operator.id, weightsAfter: [0.5, 0, 0.5], evidence: { locked: ['2'], next: 'c' } })
    expect(await page.locator('a[href$="/act/roll-through"]').count()).toBe(0)
    expect(await page.goto(ask('handed', 'roll-through')).then((answer) => answer?.status())).toBe(409)
    await context.close()
  })

  it('demands a reason, and a choice, and keeps what was typed', async () => {
    await startExperiment(app, 'reasoned')
    const { context, page } = await signedIn('operator')
    await page.goto(ask('reasoned', 'kill'))
    await page.check('input[value=b]')
    await page.click('main button')
    expect(page.url()).toBe(ask('reasoned', 'kill'))
    const form = new URLSearchParams(await page.$$eval('form[action*=act] input[type=hidden]', (all) => all.map((one) => [one.getAttribute('name')!, one.getAttribute('value')!] as [string, string])))
    const send = (more: Record<string, string>) => context.request.post(ask('reasoned', 'kill'), {
      headers: { origin: app.url }, form: { ...Object.fromEntries(form), ...more }, maxRedirects: 0,
    })
    const without = await send({ variant: 'b', reason: '  ' })
    expect(without.status()).toBe(400)
    expect(await without.text()).toMatch(/Say why, in words[\s\S]*value="b" required checked/)
    const unchosen = await send({ reason: 'why not' })
    expect(unchosen.status()).toBe(422)
    expect(await unchosen.text()).toMatch(/nothing is chosen for you[\s\S]*why not<\/textarea>/)
    expect(await stateOf('reasoned')).toBe('running')
    await context.close()
  })

  it('that lost a race shows both states and asks again', async () => {
    await startExperiment(app, 'raced')
    const { context, page } = await signedIn('operator')
    await page.goto(ask('raced', 'stop'))
    await app.must('POST', '/api/experiments/raced/actions', { action: 'pause', reason: 'looking into <i>something</i>' })
    await page.fill('#act-reason', 'we have seen enough')
    await page.click('main button')
    const problem = (await page.textContent('[role=alert]')) ?? ''
    expect(problem).toContain('Nothing was done')
    expect(problem).toMatch(/You saw.*running, epoch 1/s)
    expect(problem).toMatch(/It is now.*paused, epoch 1/s)
    expect(problem).toContain('admin: pause')
    expect(problem).toContain('looking into <i>something</i>')
    expect(await stateOf('raced')).toBe('paused')
    expect(await page.inputValue('#act-reason')).toBe('we have seen enough')
    await page.click('main button')
    expect(await stateOf('raced')).toBe('stopped')
    await context.close()
  })

  it('says so where somebody was faster with the same', async () => {
    await startExperiment(app, 'faster')
    const { context, page } = await signedIn('operator')
    await page.goto(ask('faster', 'stop'))
    await app.must('POST', '/api/experiments/faster/actions', { action: 'stop', reason: 'done' })
    await page.fill('#act-reason', 'done')
    await page.click('main button')
    expect(await page.textContent('main')).toMatch(/cannot be done now.*It is stopped.*Somebody was faster: admin, stop\. done/s)
    await context.close()
  })

  it('tells what the domain refuses, with the reason kept', async () => {
    const { context, page } = await signedIn('operator')
    await page.goto(ask('drafted', 'start'))
    await page.fill('#act-reason', 'let us see')
    await page.click('main button')
    expect(await page.textContent('[role=alert]')).toMatch(/Not done\..*"live" is running and takes some of the same units/)
    expect(await page.inputValue('#act-reason')).toBe('let us see')
    expect(await stateOf('drafted')).toBe('draft')
    await context.close()
  })
})

describe('who may act', () => {
  it('needs operate: a key that reads gets 403, asking and doing', async () => {
    const { context, page } = await signedIn('reader')
    const answer = await page.goto(ask('live', 'pause'))
    expect(answer?.status()).toBe(403)
    expect(await page.locator('main button').count()).toBe(0)
    const sent = await context.request.post(ask('live', 'pause'), { headers: { origin: app.url }, form: { reason: 'x' } })
    expect(sent.status()).toBe(403)
    expect(await stateOf('live')).toBe('running')
    await context.close()
  })

  it('is refused to forms of other sites, and without a session', async () => {
    const { context } = await signedIn('operator')
    for (const origin of ['https://evil.example', 'null']) {
      const sent = await context.request.post(ask('live', 'pause'), { headers: { origin }, form: { reason: 'x' } })
      expect(sent.status()).toBe(403)
    }
    expect((await fetch(ask('live', 'pause'), { method: 'POST', headers: { origin: app.url, 'content-type': 'application/x-www-form-urlencoded' }, body: 'reason=x' })).status).toBe(401)
    expect((await fetch(ask('live', 'pause'))).status).toBe(401)
    expect(await stateOf('live')).toBe('running')
    await context.close()
  })

  it('finds nothing for actions and experiments that do not exist', async () => {
    const { context, page } = await signedIn('operator')
    expect((await page.goto(ask('live', 'explode')))?.status()).toBe(404)
    expect((await page.goto(ask('nothing', 'pause')))?.status()).toBe(404)
    expect((await page.goto(ask('live', 'archive')))?.status()).toBe(409)
    await context.close()
  })
})

describe('the dialog', () => {
  /** A page with a link of the kind that reports have. */
  const opened = async (): Promise<{ context: BrowserContext; page: Page }> => {
    const signed = await signedIn('operator', true)
    await signed.page.evaluate(() => {
      document.querySelector('main')!.insertAdjacentHTML('afterbegin', '<a id="stop" class="button danger" data-dialog href="/experiments/live/act/emergency-stop">Stop</a>')
    })
    await signed.page.click('#stop')
    await signed.page.waitForSelector('dialog[open]')
    return signed
  }

  it('names the survivor and demands a reason; Escape changes nothing, and the focus returns', async () => {
    const { context, page } = await opened()
    expect(await page.textContent('dialog h1')).toBe('Send everyone to a now?')
    await page.click('dialog form button')
    expect(await page.$eval('#act-reason', (field) => (field as HTMLTextAreaElement).validity.valueMissing)).toBe(true)
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('stop')
    expect(page.url()).toBe(`${app.url}/`)
    expect(await stateOf('live')).toBe('running')
    await context.close()
  })

  it('closes where one leaves it as it is, and acts with a reason', async () => {
    const { context, page } = await opened()
    await page.click('dialog [data-cancel]')
    await page.waitForSelector('dialog', { state: 'detached' })
    await page.click('#stop')
    await page.fill('dialog textarea', 'it does harm')
    await Promise.all([page.waitForURL(/\?done=\d+$/), page.click('dialog form button')])
    expect(await stateOf('live')).toBe('killed')
    expect(await lastOf('live')).toMatchObject({ actor: keys.operator.id, reason: 'it does harm' })
    await context.close()
  })
})

it('fits a phone', async () => {
  const { context, page } = await signedIn('operator')
  await startExperiment(app, 'narrow')
  await page.setViewportSize({ width: 375, height: 667 })
  for (const action of ['emergency-stop', 'kill', 'promote', 'pause', 'fallback']) {
    await page.goto(ask('narrow', action))
    expect(await page.evaluate(() => document.scrollingElement?.scrollWidth)).toBeLessThanOrEqual(375)
  }
  await context.close()
})
