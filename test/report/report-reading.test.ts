import { describe, expect, it } from 'vitest'
import { reportPages, texts } from './opener.ts'
import { states } from './states.ts'

const banned = /95 % chance|confirmed|proves|no difference\b|trending|almost significant/i

const { open, reportOf } = reportPages(...Object.values(states))

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
      expect(await page.textContent('section:has(#traffic-heading)')).not.toMatch(/best/)
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

describe('what a report page says', () => {
  describe('with script', () => firstNine(true))
  describe('20: without script', () => firstNine(false))
})
