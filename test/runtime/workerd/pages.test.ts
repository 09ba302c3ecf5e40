import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp, type TestApp } from '../../http/support.ts'
import { addAlarmed } from '../../support/alarmed.ts'
import { addCells, conversions } from '../../support/experiment-rows.ts'
import { look } from '../../support/look.ts'
import { freshDatabase, type Postgres, startPostgres } from '../../support/postgres.ts'
import { type Bundle, bundleWorker, type Edge, edgeAdminKey, startEdge } from '../../support/workerd.ts'
import { flags } from '../browser/flags.ts'

/** One database: Node and the Worker show pages of the same. */
let bundle: Bundle
let postgres: Postgres
let node: TestApp
let edge: Edge
let decision: number

const arms = ['gemma', 'qwen', 'llama']

const define = async ({ must }: TestApp): Promise<void> => {
  await must('POST', '/api/metrics', { key: 'win', name: 'answers preferred', kind: 'conversion', measure: 'win', direction: 'increase' })
  await must('POST', '/api/metrics', { key: 'slow', kind: 'conversion', measure: 'slow', direction: 'decrease' })
  for (const key of ['assistant', 'drafted']) {
    await must('POST', '/api/models', { key })
    for (const arm of arms.keys()) await must('POST', `/api/models/${key}/versions`, { version: String(arm + 1), payload: { note: '<script>' } })
    await must('POST', '/api/experiments', {
      key, model: key, hypothesis: 'A newer model is preferred <script>',
      variants: arms.map((name, arm) => ({ key: name, version: String(arm + 1), ...(arm === 0 && { control: true }) })),
      metrics: [{ metric: 'win', role: 'decision' }, { metric: 'slow', role: 'guardrail', margin: 0.02 }],
      stages: [{ allocation: 'fixed' }], policy: { minUnits: 1_000, mode: 'recommend' },
    })
  }
  await must('POST', '/api/experiments/assistant/actions', { action: 'start', reason: 'the newer models are ready' })
}

/** An experiment on a quantile by country, whose outcomes came one by one; and a model of which MLflow says something else. */
const defineMore = async ({ must, service }: TestApp): Promise<void> => {
  await must('POST', '/api/metrics', { key: 'latency', kind: 'quantile', quantile: 0.9, measure: 'latency_ms', direction: 'decrease', reports: 'event' })
  await must('POST', '/api/models', { key: 'fast' })
  for (const version of ['1', '2']) await must('POST', '/api/models/fast/versions', { version, artifact: `models:/summarizer/${version}` })
  await must('POST', '/api/experiments', {
    key: 'fast', model: 'fast', variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }], segments: ['country'], stages: [{ allocation: 'fixed' }],
    metrics: [{ metric: 'latency', role: 'guardrail', margin: 100 }, { metric: 'slow', role: 'guardrail', margin: 0.02, worstSegment: 'country' }],
  })
  await must('POST', '/api/experiments/fast/actions', { action: 'start', reason: 'is it faster?' })
  const requests = Array.from({ length: 200 }, (_, index) => ({ experiment: 'fast', unit: `u-${index}`, attributes: { country: ['de', 'fr'][index % 2] } }))
  const { results } = (await must('POST', '/assign/batch', { requests })) as { results: { token: string }[] }
  await must('POST', '/outcome/batch', { outcomes: results.map(({ token }, index) => ({ token, id: `o-${index}`, measures: { latency_ms: 100 + 7 * (index % 60), slow: index % 9 === 0 } })) })
  await look(service.database.engine)
  await service.database.engine.run((sql) => sql`update models set registry = '{"mlflow": "summarizer"}',
    registry_sync = ${sql.json({ status: 'drift', written: '1', observed: '7', error: null, at: '2026-11-20T10:00:00Z' } as never)} where key = 'fast'`)
}

/** Enough of two epochs for a verdict, a stopped variant and a line over time; then the database's clock stands still. */
const fill = async ({ service }: TestApp): Promise<void> => {
  const pool = service.database.engine
  for (let round = 0; round < 2; round++) {
    const [row] = await pool.run((sql) => sql<{ scope: number; epoch: number }[]>`select scope, epoch from experiments where key = 'assistant'`)
    const cells = [conversions(0, 4_000, 2_050, 320), conversions(1, 4_000, 2_230, 300), conversions(2, 4_000, 2_080, 640)].flat()
    await addCells(pool, row?.scope ?? 0, cells.map((cell) => ({ ...cell, epoch: row?.epoch ?? 1 })))
    await look(pool)
  }
  await service.database.api.run(async (sql) => {
    const [{ at }] = await sql<[{ at: Date }]>`select moment() as at`
    await sql.unsafe(`create or replace function moment() returns timestamptz stable language sql as $$ select timestamptz '${at.toISOString()}' $$`)
  })
}

beforeAll(async () => {
  ;[bundle, postgres] = await Promise.all([bundleWorker(), startPostgres()])
  const databaseUrl = await freshDatabase(postgres.url)
  node = await startApp({ DATABASE_URL: databaseUrl, ADMIN_KEY: edgeAdminKey })
  await define(node)
  await defineMore(node)
  await addAlarmed(node, 'alarmed', 'slow')
  await fill(node)
  edge = await startEdge(bundle, { DATABASE_URL: databaseUrl })
  const { items } = (await node.must('GET', '/api/experiments/assistant/decisions')) as { items: { id: number; variant: string | null }[] }
  decision = items.find(({ variant }) => variant === 'llama')!.id
})

afterAll(async () => {
  await edge?.stop()
  await node?.close()
  await postgres?.stop()
  await bundle?.remove()
})

/** Without what tells when or where it was made: moments, ages, and the address of the service. */
const plain = (page: string, origin: string): string => page
  .replaceAll(origin, 'http://here')
  .replaceAll(new URL(origin).host, 'here')
  .replaceAll(/<time[^>]*>[^<]*<\/time>/g, '<time></time>')

const kinds: Record<string, string | (() => string)> = {
  home: '/',
  report: '/experiments/assistant',
  'report of a draft': '/experiments/drafted',
  'earlier report': '/experiments/assistant?asOf=1',
  'report with a distribution, and guardrails by segment': '/experiments/fast?segment=country',
  model: '/models/assistant',
  'model of which MLflow says something else': '/models/fast',
  'asking which champion counts': '/models/fast/registry',
  'how to read': '/how-to-read',
  decision: () => `/decisions/${decision}`,
  'decision of the experiment': () => `/experiments/assistant/decisions/${decision}`,
  'decision taken again': () => `/decisions/${decision}/replay`,
  'asking before stopping': '/experiments/assistant/act/emergency-stop',
  'asking before promoting': '/experiments/assistant/act/promote',
  'model whose watch alarms': '/models/alarmed',
  'asking before acknowledging': '/models/alarmed/acknowledge',
  'going back': '/models/assistant/rollback',
  'form for an experiment': '/experiments/new',
  'form for a model': '/models/new',
  'form for a further version': '/models/assistant/versions/new',
  'form for a metric': '/metrics/new',
  'chart of the effect': '/experiments/assistant/effect.svg',
  'chart of the traffic': '/experiments/assistant/traffic.svg',
  'chart of a distribution': '/experiments/fast/distribution.svg',
  'not found': '/experiments/assistent',
  'no page': '/nowhere',
  stylesheet: '/style.css',
  script: '/page.js',
}

describe('pages in workerd', () => {
  it.each(Object.keys(kinds))('"%s" is what Node shows, under the same policy', async (kind) => {
    const one = kinds[kind]!
    const path = typeof one === 'string' ? one : one()
    const shown = async (url: string) => {
      const answer = await fetch(url + path, { headers: { authorization: `Bearer ${edgeAdminKey}`, accept: 'text/html' } })
      const { status, headers } = answer
      const policy = headers.get('content-security-policy')
      return { status, type: headers.get('content-type'), policy, cache: headers.get('cache-control'), body: plain(await answer.text(), url) }
    }
    const [here, there] = [await shown(edge.url), await shown(node.url)]
    expect(here).toEqual(there)
    expect(here.policy).toContain("default-src 'none'")
    expect(here.policy).not.toContain('unsafe')
    // a page that is made a second time in the same isolate is no other
    expect(await shown(edge.url)).toEqual(here)
  })

  it('say everything in their first bytes: headline, verdicts with bounds, checks, the charts with their numbers', async () => {
    const { body } = await edge.call('GET', '/experiments/assistant')
    const report = (await edge.call('GET', '/api/experiments/assistant/report')).body as { summary: { headline: string } }
    const text = String(body['text'])
    expect(text).toContain(`<h1>${report.summary.headline}</h1>`)
    for (const part of ['id="health"', 'id="over-time"', 'data-x="', 'Data as a table', `id="decision-${decision}"`, '<title>']) expect(text).toContain(part)
    expect(text).not.toMatch(/ style="|<style|<script(?! src="\/page\.js" defer><\/script>)|\son\w+="/)
  })

  it('are made for many at once, though the first of them go away meanwhile', async () => {
    const ask = (signal?: AbortSignal) => fetch(`${edge.url}/experiments/assistant?metric=slow`, {
      headers: { authorization: `Bearer ${edgeAdminKey}` }, ...(signal && { signal }),
    })
    const abort = new AbortController()
    const gone = [ask(abort.signal), ask(abort.signal)]
    const stay = Array.from({ length: 6 }, () => ask())
    await fetch(`${edge.url}/how-to-read`)
    abort.abort()
    await Promise.allSettled(gone)
    const answers = await Promise.all(stay)
    expect(answers.map(({ status }) => status)).toEqual(stay.map(() => 200))
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1)
    expect((await ask()).status).toBe(200)
  })

  it('draw distributions and guardrails by segment, and tell what MLflow says', async () => {
    const shown = async (path: string): Promise<string> => String((await edge.call('GET', path)).body['text'])
    const report = await shown('/experiments/fast')
    for (const part of ['id="spread"', 'id="distribution"', 'id="by-value"', 'data-value="fr"']) expect(report).toContain(part)
    expect(await shown('/models/fast')).toContain('Somebody moved the champion in MLflow')
    expect(await shown('/models/assistant/versions/new')).toContain('name="version"')
    expect(await shown('/models/alarmed/acknowledge')).toContain('where at most 10 % is allowed')
  })

  it('ask strangers for a key', async () => {
    const answer = await fetch(`${edge.url}/experiments/assistant`)
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('name="key"')
  })

  describe('in a browser without script', () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags })
    })
    afterAll(() => browser?.close())

    it('sign in, read, and stop everything', async () => {
      const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
      await page.goto(`${edge.url}/experiments/assistant`)
      await page.fill('#key', edgeAdminKey)
      await Promise.all([page.waitForURL(`${edge.url}/experiments/assistant`), page.click('main button')])
      expect(await page.locator('h1').innerText()).toContain('llama does harm')
      await page.goto(`${edge.url}/experiments/assistant/act/emergency-stop`)
      await page.fill('[name=reason]', 'answers in the wrong language')
      await Promise.all([page.waitForURL(/done=\d+/), page.click('main form button[type=submit], main form button:not([type])')])
      expect((await node.must('GET', '/api/experiments/assistant'))['state']).toBe('killed')
      expect(await page.locator('main').innerText()).toContain('answers in the wrong language')
    })
  })
})
