import type { BrowserContext } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { tooWide } from './browser.ts'
import { looks, unfold, violationsOf } from './gallery.ts'
import { reportPages } from './opener.ts'
import { states } from './states.ts'

const { held, pathOf } = reportPages(...Object.values(states))

describe.each(Object.entries(looks))('21: the report page, %s', (_, look) => {
  let window: BrowserContext
  beforeAll(async () => {
    window = await held.browser.newContext(look)
  })

  it.each(Object.values(states))('in the state "%s" is accessible, folded parts too, and nothing scrolls sideways', async (key) => {
    const page = await window.newPage()
    await page.goto(pathOf(key))
    expect(await tooWide(page)).toEqual([])
    await unfold(page, true)
    expect(await violationsOf(page)).toEqual([])
    await unfold(page, false, '.menu')
    // tables of numbers may be wider than a phone: they scroll in a region of their own
    expect(await tooWide(page)).not.toContain('the page')
    await page.close()
  })
})
