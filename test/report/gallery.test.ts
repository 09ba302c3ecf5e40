import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DatabaseUnavailable } from '../../src/store/unavailable.ts'
import { adminKey } from '../http/support.ts'
import { addAlarmed } from '../support/alarmed.ts'
import { openBrowser, signedIn, tooWide } from './browser.ts'
import { loadingOf, looks, pictureFolder, unfold, violationsOf } from './gallery.ts'
import { startStates, states, type StatesApp } from './states.ts'

type Look = keyof typeof looks

let app: StatesApp
let browser: Browser
let folder: string
/** One window for each look, of somebody who may do everything. */
const windows = {} as Record<Look, BrowserContext>
/** The decision that rolled a variant back: it has evidence, and a post-mortem. */
let rollback: number

beforeAll(async () => {
  app = await startStates({ ADMIN_KEY: adminKey })
  browser = await openBrowser()
  folder = await pictureFolder()
  await mkdir(folder, { recursive: true })
  console.log(`pictures of all pages: ${folder}`)
  const { context } = await signedIn(browser, app.url, adminKey)
  const storageState = await context.storageState()
  await context.close()
  for (const look of Object.keys(looks) as Look[]) windows[look] = await browser.newContext({ ...looks[look], storageState })
  const { items } = (await app.must('GET', `/api/experiments/${states.rolledBack}/decisions`)) as { items: { id: number; action: string }[] }
  await app.must('POST', '/api/models', { key: 'registered' })
  await app.pool.run((sql) => sql`update models set registry = '{"mlflow": "summarizer"}',
    registry_sync = ${sql.json({ status: 'drift', written: '3', observed: '7', error: null, at: '2026-11-20T10:00:00Z' } as never)} where key = 'registered'`)
  await addAlarmed(app, 'alarmed', 'slow')
  rollback = items.find(({ action }) => action === 'rollback')!.id
})
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

/** A page of every kind, and the report in every state; addresses that are only known later as functions. */
const pages: Record<string, string | (() => string)> = {
  home: '/',
  ...Object.fromEntries(Object.values(states).map((key) => [`report-${key}`, `/experiments/${key}`])),
  'report-past': `/experiments/${states.better}?asOf=6`,
  'report-segment': `/experiments/${states.segmented}?segment=country`,
  'report-another-metric': `/experiments/${states.better}?metric=cost`,
  model: `/models/${states.promoted}`,
  'model-locked': `/models/${states.rolledBack}`,
  'model-registered': '/models/registered',
  registry: '/models/registered/registry',
  'new-version': `/models/${states.promoted}/versions/new`,
  'model-alarmed': '/models/alarmed',
  acknowledge: '/models/alarmed/acknowledge',
  'nothing-to-acknowledge': '/models/registered/acknowledge',
  'go-back': `/models/${states.promoted}/rollback`,
  decision: () => `/decisions/${rollback}`,
  replay: () => `/decisions/${rollback}/replay`,
  'post-mortem': () => `/decisions/${rollback}/post-mortem`,
  'how-to-read': '/how-to-read',
  'act-emergency-stop': `/experiments/${states.undecided}/act/emergency-stop`,
  'act-promote': `/experiments/${states.better}/act/promote`,
  'act-start': `/experiments/${states.draft}/act/start`,
  'act-too-late': `/experiments/${states.promoted}/act/pause`,
  define: '/experiments/new',
  edit: `/experiments/${states.draft}/edit`,
  'new-model': '/models/new',
  'new-metric': '/metrics/new',
  share: `/experiments/${states.better}/share`,
  'not-found': '/experiments/assistent-7b',
  nowhere: '/no/such/page',
  'bad-moment': `/experiments/${states.better}?asOf=nonsense`,
}

/** Nothing is too wide, waits for a script, moves, or keeps anybody out, however it is looked at; folded parts neither. What it looks like goes into the folder. */
const look = async (name: string, kind: Look, path: string, context = windows[kind]): Promise<void> => {
  const page = await context.newPage()
  try {
    await page.goto(app.url + path)
    // a picture of the whole page makes the window larger, and things move: so what moved before is read first
    let loading = await loadingOf(page)
    for (let again = 0; again < 2 && loading.moved.length > 0; again++) {
      // a busy machine shows a page before it was read to its end: what moves by itself does so each time
      await page.reload()
      loading = await loadingOf(page)
    }
    const wide = await tooWide(page)
    await page.screenshot({ path: join(folder, `${name}-${kind}.png`), fullPage: true })
    await unfold(page, true)
    const violations = await violationsOf(page)
    await unfold(page, false, '.menu')
    // tables of numbers may be wider than a phone: they scroll in a region of their own
    const scrolls = (await tooWide(page)).filter((one) => one === 'the page')
    const seen = { wide, scrolls, ...loading, violations }
    expect(seen).toEqual({ wide: [], scrolls: [], blocking: ['/style.css'], moved: [], violations: [] })
  } finally {
    await page.close()
  }
}

describe.each(Object.keys(looks) as Look[])('%s', (kind) => {
  it.each(Object.keys(pages))('"%s" is as it should be', async (name) => {
    const path = pages[name]!
    await look(name, kind, typeof path === 'string' ? path : path())
  })

  it('"sign-in" is as it should be', async () => {
    const stranger = await browser.newContext(looks[kind])
    await look('sign-in', kind, '/', stranger)
    await stranger.close()
  })

  it('a report while the database is away is as it should be', async () => {
    const { reports } = app.service.deps
    const { latest } = reports
    await look('report-current', kind, `/experiments/${states.culled}`)
    reports.latest = () => Promise.reject(new DatabaseUnavailable('away', { mayHaveHappened: false }))
    try {
      await look('database-down', kind, `/experiments/${states.culled}`)
      await look('database-down-never-shown', kind, '/experiments/never-shown')
    } finally {
      reports.latest = latest
    }
  })
})
