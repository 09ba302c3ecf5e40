import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { wantsPage } from './missing.ts'

const asked = async (accept: string | undefined, path = '/nowhere', method = 'GET'): Promise<boolean> => {
  const app = new Hono().all('*', (context) => context.json(wantsPage(context)))
  return (await app.request(path, { method, ...(accept === undefined ? {} : { headers: { accept } }) })).json()
}

const chromium = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

describe('an address that is none', () => {
  it('is a page for browsers', async () => {
    expect(await asked(chromium)).toBe(true)
    expect(await asked('text/html;q=0.8, application/json;q=0.3')).toBe(true)
  })

  it('is a problem for everybody else, in the API, and for what was sent', async () => {
    expect([await asked(undefined), await asked('*/*'), await asked('application/json'), await asked('application/json, text/html;q=0.5')]).toEqual([false, false, false, false])
    expect([await asked(chromium, '/api'), await asked(chromium, '/api/nowhere'), await asked(chromium, '/nowhere', 'POST')]).toEqual([false, false, false])
    expect(await asked(chromium, '/apiary')).toBe(true)
  })
})
