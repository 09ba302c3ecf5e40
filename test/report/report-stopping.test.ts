import { describe, expect, it } from 'vitest'
import { adminKey } from '../http/support.ts'
import { keyOf, signedIn } from './browser.ts'
import { reportPages } from './opener.ts'
import { startStates, states } from './states.ts'

const { held, open, pathOf } = reportPages(states.mute, states.early)

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
      expect((await held.app.must('GET', `/api/experiments/${states.mute}`))['state']).toBe('running')
    })
  })

  it.each([['19: with the dialog', states.mute, true], ['20: without script', states.early, false]] as const)('%s: the epoch rises, and everybody gets the control', async (_, key, javaScriptEnabled) => {
    const { epoch } = await held.app.must('GET', `/api/experiments/${key}`)
    await open(key, async (page) => {
      await page.click(stop)
      await page.fill('#act-reason', 'it does harm')
      await Promise.all([page.waitForURL(/\?done=\d+$/), page.click('form[action$="/act/emergency-stop"] button')])
      expect(await page.textContent('.banner[role=status]')).toContain('it does harm')
    }, { javaScriptEnabled })
    expect(await held.app.must('GET', `/api/experiments/${key}`)).toMatchObject({ state: 'killed', epoch: Number(epoch) + 1 })
    for (const unit of ['u1', 'u2', 'u3', 'u4']) expect(await held.app.must('POST', '/assign', { experiment: key, unit })).toMatchObject({ version: '1' })
  })
})

describe('readers of the report page', () => {
  it('25: who may only read sees no action; who operates sees what each leads to', async () => {
    const guarded = await startStates({ ADMIN_KEY: adminKey }, 2, [states.undecided])
    try {
      for (const [scopes, count] of [[['read'], 0], [['read', 'operate'], 1]] as const) {
        const { key } = await keyOf(guarded, ...scopes)
        const { context, page } = await signedIn(held.browser, guarded.url, key)
        await page.goto(`${guarded.url}/experiments/${states.undecided}`)
        expect(await page.locator('a[href$="/act/emergency-stop"]').count()).toBe(count)
        await context.close()
      }
    } finally {
      await guarded.close()
    }
  })
})
