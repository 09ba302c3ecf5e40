import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MetricDefinition } from '../../src/core/define/definitions.ts'
import type { Report } from '../../src/core/analyze/report.ts'
import type { Source } from '../../src/report/view/source.ts'
import { forestGroups } from '../../src/report/view/forest.ts'
import { DatabaseUnavailable } from '../../src/store/unavailable.ts'
import { violationsOf } from './gallery.ts'
import { pagesOf } from './pdf.ts'
import { keyOf, narrow, openBrowser, signedIn, tooWide } from './browser.ts'
import { adminKey } from '../http/support.ts'
import { script, startStates, states, type StatesApp } from './states.ts'

const banned = /95 % chance|confirmed|proves|no difference\b|trending|almost significant/i

let app: StatesApp
let browser: Browser
beforeAll(async () => {
  app = await startStates()
  browser = await openBrowser()
}, 240_000)
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

const reportOf = async (key: string): Promise<Report> => (await app.must('GET', `/api/experiments/${key}/report`)) as unknown as Report
const pathOf = (key: string): string => `${app.url}/experiments/${key}`

/** A page of this experiment in a window of its own, with what it logged. */
const open = async (key: string, work: (page: Page, logged: string[]) => Promise<void>, options: BrowserContextOptions = {}, query = ''): Promise<void> => {
  const context = await browser.newContext(options)
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
}

const texts = (page: Page, selector: string): Promise<string[]> => page.$$eval(selector, (all) => all.map((one) => (one.textContent ?? '').replace(/\s+/g, ' ').trim()))

/** What must hold with and without script (statements 1 to 9). */
const firstNine = (javaScriptEnabled: boolean): void => {
  const options = { javaScriptEnabled }

  it.each(Object.entries(states))('1: the one h1 of "%s" is the headline of the API, and in the title', async (_, key) => {
    const { summary } = await reportOf(key)
    await open(key, async (page) => {
      expect(await texts(page, 'h1')).toEqual([summary.headline])
      expect(await page.title()).toContain(summary.headline)
    }, options)
  })

  it('2: the card names the next action and each unmet condition, current and needed', async () => {
    const { summary } = await reportOf(states.undecided)
    const unmet = summary.conditions.filter(({ met }) => !met)
    expect(unmet.length).toBeGreaterThan(0)
    await open(states.undecided, async (page) => {
      const card = (await texts(page, '.decision'))[0] ?? ''
      expect(card).toContain(summary.next)
      const rows = await texts(page, '.decision .unmet')
      expect(rows).toHaveLength(unmet.length)
      for (const [index, { text, current, needed }] of unmet.entries()) {
        expect(rows[index]?.toLowerCase()).toContain(text.toLowerCase())
        expect(rows[index]).toContain(`now ${current}`)
        expect(rows[index]).toContain(`needed ${needed}`)
      }
      for (const text of summary.reversals ?? []) expect(card).toContain(text.slice(1))
    }, options)
  })

  it('3: every metric and variant has estimate, lower and upper as text', async () => {
    const report = await reportOf(states.better)
    await open(states.better, async (page) => {
      expect(await page.locator('tr[data-metric]').count()).toBe(report.comparisons.length)
      for (const row of await page.locator('tr[data-metric]').all()) {
        for (const part of ['estimate', 'lower', 'upper']) expect(await row.locator(`.${part}`).textContent()).toMatch(/^[+\u2212]?\d+\.\d+/)
      }
    }, options)
  })

  it('4: these equal the numbers of the API after rounding', async () => {
    const report = await reportOf(states.better)
    await open(states.better, async (page) => {
      for (const { metric, variant, difference } of report.comparisons) {
        const row = page.locator(`tr[data-metric="${metric}"][data-variant="${variant}"]`)
        const numberIn = async (part: string): Promise<number> => Number(((await row.locator(`.${part}`).textContent()) ?? '').replace('\u2212', '-').replace(/ pp$/, ''))
        const factor = metric === 'cost' ? 1 : 100
        const digits = metric === 'cost' ? 2 : 1
        expect(await numberIn('estimate')).toBeCloseTo((difference.estimate ?? NaN) * factor, digits - 0.3)
        expect(await numberIn('lower')).toBeCloseTo((difference.lower ?? NaN) * factor, digits - 0.3)
        expect(await numberIn('upper')).toBeCloseTo((difference.upper ?? NaN) * factor, digits - 0.3)
      }
    }, options)
  })

  it('5: every pill has a word', async () => {
    for (const key of [states.better, states.mute, states.early]) {
      await open(key, async (page) => {
        const pills = await texts(page, '.pill')
        expect(pills.length).toBeGreaterThan(3)
        for (const text of pills) expect(text).toMatch(/[a-z]{3}/i)
      }, options)
    }
  })

  it('6: guardrails show allowed and worst plausible harm, and the room between', async () => {
    await open(states.better, async (page) => {
      for (const cell of ['allowed', 'worst', 'left']) {
        const shown = await texts(page, `tr[data-metric="slow"] .${cell}`)
        expect(shown).toHaveLength(2)
        for (const text of shown) expect(text).toMatch(/\d\.\d pp/)
      }
    }, options)
  })

  it('7: what is not decided has no banned phrase', async () => {
    for (const key of [states.undecided, states.paused, states.inconclusive]) {
      await open(key, async (page) => expect(await page.textContent('main')).not.toMatch(banned), options)
    }
  })

  it('8: a wrong split warns in the headline, and no pill says Better', async () => {
    await open(states.uneven, async (page) => {
      expect(await page.textContent('h1')).toMatch(/^Do not read these results yet: /)
      const pills = (await texts(page, '.forest-table .pill')).join()
      expect(pills).toContain('On hold')
      expect(pills).not.toMatch(/Better|Worse|Safe|Harmful/)
      expect(await page.locator('tr[data-metric="win"]').first().isVisible()).toBe(false)
      await page.getByText('Show anyway').first().click()
      expect(await page.locator('tr[data-metric="win"]').first().isVisible()).toBe(true)
      expect(await page.textContent('.sub')).not.toMatch(/plausibly/)
    }, options)
  })

  it('9: passing health is visible with its count', async () => {
    await open(states.better, async (page) => expect(await page.getByText('10 of 10 checks pass').isVisible()).toBe(true), options)
    await open(states.uneven, async (page) => {
      expect(await page.getByText('9 of 10 checks pass').isVisible()).toBe(true)
      expect(await page.locator('.failing').first().textContent()).toMatch(/What it means.*What is held.*Likely causes.*Next step/s)
    }, options)
  })
}

describe('the report page', () => {
  describe('with script', () => firstNine(true))
  describe('20: without script', () => firstNine(false))

  it('folds the moves of a bandit between what was decided and done', async () => {
    await open(states.bandit, async (page) => {
      expect(await texts(page, '#ledger ~ .ledger > .entry > p:first-child b')).toEqual(expect.arrayContaining(['Stopped llama', 'Stopped phi', 'Started']))
      expect((await texts(page, '.moves > details > summary')).join()).toMatch(/\d+ moves of traffic between .* and /)
      await page.locator('.moves > details > summary').first().click()
      expect(await page.locator('.moves .entry').first().isVisible()).toBe(true)
    })
  })

  it('10: each chart has a table of its numbers', async () => {
    await open(states.bandit, async (page) => {
      expect(await page.locator('.chart-figure').count()).toBe(2)
      for (const figure of await page.locator('.chart-figure').all()) expect(await figure.locator('tbody tr').count()).toBeGreaterThan(5)
    })
  })

  it('11: arrow keys change the status text of a focused chart', async () => {
    await open(states.better, async (page) => {
      await page.locator('#effect svg.wide').focus()
      const said = async (): Promise<string> => (await page.locator('#effect [role=status]').textContent()) ?? ''
      expect(await said()).toBe('')
      await page.keyboard.press('ArrowLeft')
      const first = await said()
      expect(first).toMatch(/qwen/)
      await page.keyboard.press('ArrowLeft')
      expect(await said()).not.toBe(first)
    })
  })

  it('12: markers link to entries that are there, of the same number', async () => {
    for (const key of [states.better, states.bandit]) {
      await open(key, async (page) => {
        const links = await page.$$eval('svg.wide a[href]', (all) => all.map((link) => [link.getAttribute('href') ?? '', (link.textContent ?? '').trim()] as const))
        expect(links.length).toBeGreaterThan(1)
        for (const [href, number] of links) {
          expect(href).toMatch(/^#decision-\d+$/)
          expect(await page.locator(`${href} > p .seq`).textContent()).toBe(number)
        }
      })
    }
  })

  it('14: held-back decisions are listed', async () => {
    await open(states.better, async (page) => {
      expect((await texts(page, '.entry.held')).join()).toMatch(/Held back: promotion of qwen/)
      expect((await texts(page, '#ledger ~ p')).join()).toMatch(/Chain intact, \d+ entries/)
    })
  })

  it('13: a decision unfolds to inputs, rule and seed, and recomputes to the same', async () => {
    await open(states.rolledBack, async (page) => {
      const entry = page.locator('.entry').first()
      await entry.locator('summary').first().click()
      const text = (await entry.textContent()) ?? ''
      expect(text).toMatch(/Rolled back qwen/i)
      expect(text).toContain('guardrail-harm')
      expect(text).toMatch(/Seed/)
      expect(await entry.locator('.inputs').textContent()).toContain('"comparisons"')
      await entry.getByText('Recompute').click()
      await page.waitForURL(/replay$/)
      expect(await page.textContent('main')).toMatch(/Same action ✓/)
    })
  })

  it('15: the caption says whether the band decides', async () => {
    await open(states.better, async (page) => expect(await page.textContent('#effect figcaption')).toMatch(/This band decides/))
    await open(states.better, async (page) => expect(await page.textContent('#effect figcaption')).toMatch(/no rule uses this metric/), {}, '?metric=cost')
  })

  it('16: shares sum to 100 % at each step', async () => {
    await open(states.bandit, async (page) => {
      const rows = await page.$$eval('#traffic tbody tr', (all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')))
      expect(rows.length).toBeGreaterThan(3)
      for (const cells of rows) {
        const sum = cells.slice(0, 4).reduce((total, cell) => total + Number(cell.replace(/[^\d.]/g, '')), 0)
        expect(sum).toBeCloseTo(100, 6)
      }
    })
  })

  it('17: segments carry no pill and say that they are exploratory', async () => {
    await open(states.segmented, async (page) => {
      const section = page.locator('.segments')
      expect(await section.textContent()).toMatch(/Exploratory; no rule uses it/)
      expect(await section.locator('.pill').count()).toBe(0)
      expect(await section.locator('tbody tr').count()).toBeGreaterThan(5)
      expect(await section.locator('details').first().getAttribute('open')).not.toBeNull()
    }, {}, '?segment=country')
  })

  it.each([['light', {}], ['dark', { colorScheme: 'dark' as const }], ['375 px', { viewport: narrow }]])('21: is accessible, %s, and nothing scrolls sideways', async (_, options) => {
    for (const key of [states.better, states.uneven, states.draft, states.mute]) {
      await open(key, async (page) => {
        expect(await tooWide(page)).toEqual([])
        await page.$$eval('details', (all) => { for (const one of all) (one as HTMLDetailsElement).open = true })
        expect(await violationsOf(page)).toEqual([])
        await page.$$eval('.menu', (all) => { for (const one of all) (one as HTMLDetailsElement).open = false })
        // tables of numbers may be wider than a phone: they scroll in a region of their own
        expect(await tooWide(page)).not.toContain('the page')
      }, options)
    }
  })

  it('22: a strict policy logs nothing', async () => {
    const { headers, text } = await app.send('GET', `/experiments/${states.better}`, undefined)
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe/)
    expect(text).not.toMatch(/ style=/)
    await open(states.better, async (page, logged) => {
      await page.locator('#effect svg.wide').hover()
      expect(logged).toEqual([])
    })
  })

  it('23: two requests at one moment are byte-identical, and the page says that it is not now', async () => {
    const series = (await app.must('GET', `/api/experiments/${states.better}/series?limit=5`)) as { items: { analysis: number }[] }
    const path = `/experiments/${states.better}?asOf=${series.items[3]?.analysis}`
    const [one, other] = [await app.send('GET', path, undefined), await app.send('GET', path, undefined)]
    expect(one.status).toBe(200)
    expect(one.text).toBe(other.text)
    expect(one.text).toMatch(/You see how things stood at/)
    expect(one.text).not.toContain('/act/')
    expect((await app.send('GET', `/experiments/${states.better}?asOf=nonsense`, undefined)).status).toBe(400)
  })

  it('24: on paper there are no buttons, and tables are unfolded', async () => {
    await open(states.better, async (page) => {
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('button:visible, a.button:visible').count()).toBe(0)
      expect(await page.locator('#effect tbody tr').first().isVisible()).toBe(true)
      expect(await page.locator('.inputs').first().isVisible()).toBe(true)
    })
  })

  it('24: on A4 it has the headline, the figures and the moment, on a few pages', async () => {
    const { summary } = await reportOf(states.better)
    await open(states.better, async (page) => {
      const shown = [...(await texts(page, 'tr[data-metric] .estimate, tr[data-metric] .lower, tr[data-metric] .upper')), ...(await texts(page, 'p.headline time')), pathOf(states.better)]
      const pages = pagesOf(await page.pdf({ format: 'A4' }))
      const bare = (text: string): string => text.replaceAll(/\s/g, '')
      expect(pages.length).toBeLessThanOrEqual(9)
      expect(pages[0]).toContain(bare(summary.headline))
      for (const text of shown) expect(pages.join('')).toContain(bare(text))
    })
  })

  it('24: rows of the CSV are the comparisons', async () => {
    const { comparisons } = await reportOf(states.better)
    const { text } = await app.send('GET', `/experiments/${states.better}/report.csv`, undefined)
    const [head = [], ...rows] = parse(text, { bom: true }) as string[][]
    const column = (name: string): string[] => rows.map((row) => row[head.indexOf(name)] ?? '')
    expect(column('metric')).toEqual(comparisons.map(({ metric }) => metric))
    expect(column('variant')).toEqual(comparisons.map(({ variant }) => variant))
  })

  it('a chart is saved as a picture by the browser, under the strict policy', async () => {
    await open(states.better, async (page, logged) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#effect [data-png]')])
      expect(download.suggestedFilename()).toBe('effect.png')
      const picture = await readFile(await download.path())
      expect(picture.subarray(1, 4).toString()).toBe('PNG')
      expect(picture.readUInt32BE(16)).toBe(1_920)
      expect(logged).toEqual([])
    })
  })

  it('25: what somebody wrote is text', async () => {
    await open(states.better, async (page) => {
      expect(await page.title()).not.toBe('run')
      expect(await page.textContent('main')).toContain(script)
    })
  })
})

describe('states of the report page', () => {
  it('a draft says what it lacks, and how it is started', async () => {
    await open(states.draft, async (page) => {
      expect((await texts(page, '.unmet')).join()).toMatch(/hypothesis.*guardrail/i)
      expect(await page.textContent('pre')).toMatch(/curl .*"action":"start"/)
    })
  })

  it('without traffic the silent link is named; with a silent variant, which one', async () => {
    await open(states.silent, async (page) => {
      expect(await texts(page, 'tr.silent th')).toEqual(['! Assignments: silent'])
      expect(await page.textContent('pre')).toContain('/assign')
    })
    await open(states.mute, async (page) => expect((await texts(page, 'tr.silent')).join()).toMatch(/Outcomes: silent.*none of qwen/))
  })

  it('the one who stopped is named with reason, the one who won with numbers', async () => {
    await open(states.rolledBack, async (page) => expect(await page.textContent('h1')).toMatch(/^qwen was stopped: slow replies rose by \d\.\d per 100; you allow 2\.0\.$/))
    await open(states.promoted, async (page) => expect(await page.textContent('h1')).toMatch(/^qwen was promoted: 5\d of 100 answers preferred instead of 5\d\.$/))
    await open(states.inconclusive, async (page) => expect(await page.textContent('h1')).toBe('Ended without a clear winner.'))
    await open(states.paused, async (page) => expect(await page.textContent('.note')).toMatch(/^Paused: /))
    await open(states.baking, async (page) => expect(await page.textContent('.note')).toMatch(/^Baking: /))
  })

  it('a chain that somebody changed is said to be broken', async () => {
    await app.pool.begin(async (tx) => {
      await tx`alter table ledger disable trigger ledger_append_only`
      await tx`update ledger set entry = jsonb_set(entry, '{reason}', '"another"') where seq = 2 and experiment = (select id from experiments where key = ${states.culled})`
      await tx`alter table ledger enable trigger ledger_append_only`
    })
    await app.advance(1)
    await open(states.culled, async (page) => expect(await page.textContent('main')).toMatch(/The chain is broken: entry \d+ was changed/))
  })

  it('metrics come in the order of what they decide, guardrails with what they allow', async () => {
    const report = await reportOf(states.better)
    const experiment = (await app.must('GET', `/api/experiments/${states.better}`)) as unknown as Source['experiment']
    const { items } = (await app.must('GET', '/api/metrics')) as unknown as { items: MetricDefinition[] }
    const groups = forestGroups({ report, experiment, metrics: new Map(items.map((one) => [one.key, one])) })
    expect(groups.map(({ key, role }) => [key, role])).toEqual([['win', 'decision'], ['slow', 'guardrail'], ['cost', 'diagnostic']])
    expect(groups[1]?.rows[0]?.room?.allowed).toBe('+2.0 pp')
  })
})

describe('while the database is away', () => {
  it('25: shows the last good report with its age, the code, and a way to try again', async () => {
    const { reports } = app.service.deps
    const { latest } = reports
    await open(states.better, async () => {})
    const headline = (await reportOf(states.better)).summary.headline
    reports.latest = () => Promise.reject(new DatabaseUnavailable('away', { mayHaveHappened: false }))
    try {
      const { status, text } = await app.send('GET', `/experiments/${states.better}`, undefined)
      expect(status).toBe(503)
      expect(text).toContain(headline)
      expect(text).toMatch(/The database does not answer.*last report that could be made.*ago.*Try again.*unavailable/s)
      expect(text).not.toContain('/act/')
      const never = await app.send('GET', '/experiments/never-shown', undefined)
      expect([never.status, never.text.includes('unavailable')]).toEqual([503, true])
    } finally {
      reports.latest = latest
    }
    expect((await app.send('GET', `/experiments/${states.better}`, undefined)).status).toBe(200)
  })
})

describe('stopping from the report page', () => {
  const stop = 'a[href$="/act/emergency-stop"]'

  it('18: names the survivor and demands a reason; Escape changes nothing, and the focus returns', async () => {
    await open(states.mute, async (page) => {
      expect(await page.textContent(stop)).toBe('Send everyone to gemma now…')
      await page.click(stop)
      await page.waitForSelector('dialog[open]')
      expect(await page.textContent('dialog h1')).toBe('Send everyone to gemma now?')
      await page.click('dialog form button')
      expect(await page.$eval('#act-reason', (field) => (field as HTMLTextAreaElement).validity.valueMissing)).toBe(true)
      await page.keyboard.press('Escape')
      await page.waitForSelector('dialog', { state: 'detached' })
      expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe(`/experiments/${states.mute}/act/emergency-stop`)
      expect(page.url()).toBe(pathOf(states.mute))
      expect((await app.must('GET', `/api/experiments/${states.mute}`))['state']).toBe('running')
    })
  })

  it.each([['19: with the dialog', states.mute, true], ['20: without script', states.early, false]] as const)('%s: the epoch rises, and everybody gets the control', async (_, key, javaScriptEnabled) => {
    const { epoch } = await app.must('GET', `/api/experiments/${key}`)
    await open(key, async (page) => {
      await page.click(stop)
      await page.fill('#act-reason', 'it does harm')
      await Promise.all([page.waitForURL(/\?done=\d+$/), page.click('form[action$="/act/emergency-stop"] button')])
      expect(await page.textContent('.banner[role=status]')).toContain('it does harm')
    }, { javaScriptEnabled })
    expect(await app.must('GET', `/api/experiments/${key}`)).toMatchObject({ state: 'killed', epoch: Number(epoch) + 1 })
    for (const unit of ['u1', 'u2', 'u3', 'u4']) expect(await app.must('POST', '/assign', { experiment: key, unit })).toMatchObject({ version: '1' })
  })
})

describe('readers of the report page', () => {
  it('25: who may only read sees no action; who operates sees what each leads to', async () => {
    const guarded = await startStates({ ADMIN_KEY: adminKey }, 2)
    try {
      for (const [scopes, count] of [[['read'], 0], [['read', 'operate'], 1]] as const) {
        const { key } = await keyOf(guarded, ...scopes)
        const { context, page } = await signedIn(browser, guarded.url, key)
        await page.goto(`${guarded.url}/experiments/${states.undecided}`)
        expect(await page.locator('a[href$="/act/emergency-stop"]').count()).toBe(count)
        await context.close()
      }
    } finally {
      await guarded.close()
    }
  }, 120_000)
})
