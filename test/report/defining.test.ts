import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminKey, define, startApp, type TestApp } from '../http/support.ts'
import { flags } from '../runtime/browser/flags.ts'
import { look } from '../support/look.ts'

let app: TestApp
let browser: Browser
const keys = {} as Record<'author' | 'reader', string>

beforeAll(async () => {
  app = await startApp({ ADMIN_KEY: adminKey, ENGINE: 'on' })
  await define(app)
  await app.must('POST', '/api/metrics', { key: 'slow', kind: 'mean', measure: 'ms', threshold: { above: 800 }, direction: 'decrease' })
  keys.author = (await app.must('POST', '/api/keys', { name: 'author', scopes: ['read', 'define'] }))['key'] as string
  keys.reader = (await app.must('POST', '/api/keys', { name: 'reader', scopes: ['read'] }))['key'] as string
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags })
})
afterAll(async () => {
  await browser.close()
  await app.close()
})

/** A browser without script, of somebody who has signed in with this key. */
const signedIn = async (who: keyof typeof keys): Promise<{ context: BrowserContext; page: Page }> => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${app.url}/experiments/new`)
  await page.fill('#key', keys[who])
  await page.click('main button')
  await page.locator('#key').waitFor({ state: 'detached' })
  return { context, page }
}

const name = (text: string): string => `[name="${text}"]`
const fill = async (page: Page, values: Record<string, string>): Promise<void> => {
  for (const [field, value] of Object.entries(values)) {
    const control = page.locator(name(field))
    await ((await control.evaluate((one) => one.tagName)) === 'SELECT' ? control.selectOption(value) : control.fill(value))
  }
}
const send = (page: Page, what: string): Promise<void> => page.click(`button[name=do][value="${what}"]:not([hidden])`)

const example = {
  key: 'answers', model: 'm', hypothesis: '<b>b</b> answers better', 'variants[0].key': 'a', 'variants[0].version': '1', 'variants[1].key': 'b', 'variants[1].version': '2',
  'metrics[0].metric': 'win', 'metrics[0].smallestEffect': '0.05', 'metrics[1].metric': 'slow', 'metrics[1].harm': '0.02', 'policy.maxDuration': '10 days',
}

describe('drafting an experiment without script', () => {
  it('makes the draft that the form describes', async () => {
    const { context, page } = await signedIn('author')
    await fill(page, example)
    await send(page, 'create')
    expect(new URL(page.url()).pathname).toBe('/experiments/answers')
    expect(await app.must('GET', '/api/experiments/answers')).toMatchObject({
      state: 'draft', model: 'm', hypothesis: '<b>b</b> answers better', variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
      metrics: [{ metric: 'win', role: 'decision', smallestEffect: 0.05 }, { metric: 'slow', role: 'guardrail', margin: 0.02 }],
      stages: [{ allocation: 'fixed', coverage: 1 }], policy: { maxDuration: 'P10D', minDuration: 'PT24H', autoPromote: true, autoKill: true },
    })
    await context.close()
  })

  it('tells what is wrong beside the field and above, linked, and keeps what was typed', async () => {
    const { context, page } = await signedIn('author')
    await fill(page, { ...example, key: 'Not A Key', 'variants[1].version': '<i>9</i>', 'metrics[1].harm': '', 'policy.minUnits': '-2' })
    await send(page, 'create')
    const listed = page.locator('[role=alert] a')
    const told = (): Promise<string[]> => page.locator('[role=alert] li').allTextContents()
    const of = (field: string) => expect.stringContaining(`${field}: `)
    expect(await told()).toEqual(expect.arrayContaining([
      of('Key, as in addresses key'), of('Variant 2: Version variants[1].version'), of('Least units of each policy.minUnits')]))
    for (const target of await listed.evaluateAll((links) => links.map((link) => link.getAttribute('href')!))) {
      expect(await page.locator(target).count(), target).toBe(1)
      expect(await page.locator(target).getAttribute('aria-invalid')).toBe('true')
    }
    expect(await page.locator('#f-key-problem').textContent()).toContain('expected 1 to 64')
    expect(await page.inputValue(name('variants[1].version'))).toBe('<i>9</i>')
    // right in form, so that the rules between fields are told
    await fill(page, { key: 'corrected', 'variants[1].version': '9', 'policy.minUnits': '1000', startAt: '2020-01-01T08:00' })
    await send(page, 'create')
    expect(await told()).toEqual(expect.arrayContaining([of('variants[1].version'), of('Metric 2: Tolerated harm metrics[1].harm'), of('It starts by itself (UTC) startAt')]))
    await fill(page, { key: 'live', 'variants[1].version': '2', 'metrics[1].harm': '0.02', startAt: '' })
    await send(page, 'create')
    expect(await page.locator('#f-key-problem').textContent()).toContain('there is an experiment "live" already')
    await context.close()
  })

  it('has room for more variants and metrics, and leaves empty rows out', async () => {
    const { context, page } = await signedIn('author')
    await fill(page, { ...example, key: 'three' })
    await send(page, 'add-variant')
    await fill(page, { 'variants[2].key': 'c', 'variants[2].version': '2' })
    await send(page, 'add-metric')
    expect(await page.inputValue(name('variants[2].key'))).toBe('c')
    expect(await page.locator(name('metrics[2].metric')).count()).toBe(1)
    await send(page, 'create')
    const made = await app.must('GET', '/api/experiments/three')
    expect((made['variants'] as { key: string }[]).map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    expect(made['metrics']).toHaveLength(2)
    await context.close()
  })

  it('says how long it takes at this traffic, and what the rules do when nothing differs', async () => {
    const { context, page } = await signedIn('author')
    await fill(page, { ...example, key: 'planned', 'policy.minUnits': '100' })
    await send(page, 'work')
    expect(await page.locator('[role=alert] li code').allTextContents()).toEqual(['plan.unitsPerDay'])
    await fill(page, { 'plan.unitsPerDay': '1000', 'metrics[0].baseline': '0.5', 'metrics[1].baseline': '0.1' })
    await send(page, 'work')
    expect(await page.textContent('.beside .card')).toMatch(/It takes about \d+(\.\d)? days, and \d+(\.\d)? days at most/)
    await fill(page, { 'plan.unitsPerDay': '40' })
    await send(page, 'work')
    expect(await page.textContent('.beside .card')).toContain('This traffic does not suffice')
    // few looks, so that it is soon simulated
    await fill(page, { 'plan.unitsPerDay': '20000', 'policy.minDuration': '1 hour', 'policy.maxDuration': '2 hours' })
    await send(page, 'simulate')
    while (!(await page.textContent('.beside .card'))?.includes('simulated runs')) {
      expect(await page.textContent('.beside .card')).toMatch(/Simulating: \d+ of 120 runs/)
      await page.click('.beside button.plain')
    }
    expect(await page.textContent('.beside .card')).toMatch(/In 60 simulated runs.*Wrongly promoted\s*\d+\.\d % \(±\d.*b promoted\s*\d+/s)
    // another definition is not what was simulated
    await fill(page, { 'policy.minUnits': '200' })
    await send(page, 'work')
    expect(await page.textContent('.beside .card')).not.toContain('simulated runs')
    await context.close()
  })

  it('shows what the API takes, and that makes the same draft', async () => {
    const { context, page } = await signedIn('author')
    await fill(page, { ...example, key: 'copied', hypothesis: "it's <better>" })
    await send(page, 'add-metric')
    const command = (await page.textContent('.beside pre')) ?? ''
    const json = command.slice(command.indexOf("-d '") + 4, -1).replaceAll("'\\''", "'")
    expect(await app.must('POST', '/api/experiments', JSON.parse(json))).toMatchObject({ key: 'copied', hypothesis: "it's <better>" })
    await context.close()
  })
})

describe('changing what is there', () => {
  it('a draft is edited, unless somebody did meanwhile; then it asks again with everything kept', async () => {
    const { context, page } = await signedIn('author')
    await page.goto(`${app.url}/experiments/drafted/edit`)
    expect(await page.inputValue(name('variants[0].key'))).toBe('a')
    const { salt } = await app.must('GET', '/api/experiments/drafted')
    await app.must('PUT', '/api/experiments/drafted', { ...draft, hypothesis: 'theirs' })
    await fill(page, { hypothesis: 'mine' })
    await send(page, 'create')
    expect(await page.textContent('[role=alert]')).toContain('Somebody changed this draft')
    expect(await page.inputValue(name('hypothesis'))).toBe('mine')
    await send(page, 'create')
    expect(await app.must('GET', '/api/experiments/drafted')).toMatchObject({ hypothesis: 'mine', salt })
    await context.close()
  })

  it('keeps the moment at which a draft starts by itself, told in UTC; a clone has none', async () => {
    const { context, page } = await signedIn('author')
    const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10)
    await fill(page, { ...example, key: 'timed', startAt: `${day}T08:30` })
    await send(page, 'create')
    expect(await page.textContent('main')).toContain(`It starts by itself on ${day} 08:30 UTC.`)
    await app.must('PUT', '/api/experiments/timed', { ...draft, key: 'timed', startAt: `${day}T09:30:00+01:00` })
    await page.goto(`${app.url}/experiments/timed/edit`)
    expect(await page.inputValue(name('startAt'))).toBe(`${day}T08:30`)
    await fill(page, { hypothesis: 'mine' })
    await send(page, 'create')
    expect(await app.must('GET', '/api/experiments/timed')).toMatchObject({ hypothesis: 'mine', startAt: `${day}T08:30:00.000Z` })
    await page.goto(`${app.url}/experiments/new?from=timed`)
    expect(await page.inputValue(name('startAt'))).toBe('')
    await context.close()
  })

  it('what runs is not edited, but cloned, with how its metrics are now', async () => {
    const { results } = await app.must('POST', '/assign/batch', { requests: Array.from({ length: 40 }, (_, unit) => ({ experiment: 'live', unit: `unit-${unit}` })) })
    const a = (results as { variant: string; token: string }[]).filter(({ variant }) => variant === 'a')
    await app.must('POST', '/outcome/batch', { outcomes: a.map(({ token }, index) => ({ token, measures: { win: index === 0 } })) })
    await look(app.service.database.engine)
    const { context, page } = await signedIn('author')
    expect((await page.goto(`${app.url}/experiments/live/edit`))?.status()).toBe(409)
    await page.goto(`${app.url}/experiments/new?from=live`)
    expect(await page.inputValue(name('key'))).toBe('live-2')
    expect(await page.inputValue(name('metrics[0].baseline'))).toBe(String(Number((1 / a.length).toPrecision(3))))
    await send(page, 'create')
    const [first, second] = [await app.must('GET', '/api/experiments/live'), await app.must('GET', '/api/experiments/live-2')]
    expect(second).toMatchObject({ state: 'draft', metrics: first['metrics'], policy: first['policy'], stages: first['stages'] })
    expect(second['salt']).not.toBe(first['salt'])
    await context.close()
  })
})

const draft = {
  key: 'drafted', model: 'm', unguarded: true, variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
  metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
}

it('needs the scope define, to look and to send, and the origin of this service', async () => {
  const { context, page } = await signedIn('reader')
  for (const path of ['/experiments/new', '/experiments/drafted/edit', '/experiments/new?from=live']) {
    expect((await page.goto(app.url + path))?.status()).toBe(403)
  }
  const sent = await context.request.post(`${app.url}/experiments/new`, { headers: { origin: app.url }, form: { do: 'create' } })
  expect(sent.status()).toBe(403)
  await context.close()
  const author = await signedIn('author')
  const foreign = await author.context.request.post(`${app.url}/experiments/new`, { headers: { origin: 'https://evil.example' }, form: { do: 'create' } })
  expect(foreign.status()).toBe(403)
  await author.context.close()
})

it('fits a phone', async () => {
  const { context, page } = await signedIn('author')
  await page.setViewportSize({ width: 375, height: 667 })
  for (const path of ['/experiments/new', '/experiments/drafted/edit']) {
    await page.goto(app.url + path)
    expect(await page.evaluate(() => document.scrollingElement?.scrollWidth)).toBeLessThanOrEqual(375)
  }
  await context.close()
})
