import { describe, expect, it } from 'vitest'
import { reportPages, texts } from './opener.ts'
import { states } from './states.ts'

const { held, open } = reportPages(states.better, states.bandit, states.rolledBack, states.culled, states.segmented)

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
