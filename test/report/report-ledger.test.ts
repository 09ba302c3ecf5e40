import { describe, expect, it } from 'vitest'
import { reportPages, texts } from './opener.ts'
import { states } from './states.ts'

const { held, open, reportOf } = reportPages(states.better, states.bandit, states.rolledBack, states.culled, states.segmented)

describe('the ledger and the segments of the report page', () => {
  it('folds the moves of a bandit between what was decided and done', async () => {
    await open(states.bandit, async (page) => {
      expect(await texts(page, '#ledger ~ .ledger > .entry > p:first-child b')).toEqual(expect.arrayContaining(['Stopped llama', 'Stopped phi', 'Started']))
      expect((await texts(page, '.moves > details > summary')).join()).toMatch(/\d+ moves of traffic between .* and /)
      await page.locator('.moves > details > summary').first().click()
      expect(await page.locator('.moves .entry').first().isVisible()).toBe(true)
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

  it('14: held-back decisions are listed', async () => {
    await open(states.better, async (page) => {
      expect((await texts(page, '.entry.held')).join()).toMatch(/Held back: promotion of qwen/)
      expect((await texts(page, '#ledger ~ p')).join()).toMatch(/Chain intact, \d+ entries/)
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

  it('what a guardrail is judged by for each value is drawn beside it, worst first, with the numbers of the API', async () => {
    const { guardrails } = await reportOf(states.segmented)
    const { values = [], worst } = guardrails.find(({ metric }) => metric === 'slow')!
    expect(values.map(({ value }) => value).toSorted()).toEqual(['de', 'fr', 'us'])
    expect(values[0]).toEqual(worst)
    await open(states.segmented, async (page) => {
      const rows = page.locator('tr[data-of="slow qwen"]')
      expect(await rows.evaluateAll((all) => all.map((one) => one.getAttribute('data-value')))).toEqual(values.map(({ value }) => value))
      for (const [index, { harm, units, segment, value }] of values.entries()) {
        const row = rows.nth(index)
        const shown = async (part: string): Promise<number> => Number(((await row.locator(`.${part}`).textContent()) ?? '').replace('\u2212', '-').replace(/ pp$/, ''))
        for (const end of ['estimate', 'lower', 'upper'] as const) expect(await shown(end)).toBeCloseTo((harm[end] ?? NaN) * 100, 0)
        expect(await row.locator('th').textContent()).toContain(`${units} users`)
        expect(await row.locator('svg title').textContent()).toMatch(`where ${segment} is ${value}, qwen against gemma: `)
        expect(await row.locator('svg line[stroke-dasharray]').count()).toBe(1)
        expect(await row.locator('.allowed').textContent()).toMatch(/^\+2(\.0)? pp$/)
      }
      expect((await texts(page, '#by-value + p')).join()).toMatch(/^A rule uses these ranges, unlike those under Segments/)
      expect(await page.getAttribute('.segments > p a', 'href')).toBe('#by-value')
    })
  })

  it('a chain that somebody changed is said to be broken', async () => {
    await held.app.pool.begin(async (tx) => {
      await tx`alter table ledger disable trigger ledger_append_only`
      await tx`update ledger set entry = jsonb_set(entry, '{reason}', '"another"') where seq = 2 and experiment = (select id from experiments where key = ${states.culled})`
      await tx`alter table ledger enable trigger ledger_append_only`
    })
    await held.app.advance(1)
    await open(states.culled, async (page) => expect(await page.textContent('main')).toMatch(/The chain is broken: entry \d+ was changed/))
  })
})
