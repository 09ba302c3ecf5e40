import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../bundle.ts'
import type { Checked } from '../checked.ts'
import { expectAllPass } from '../expect-vectors.ts'
import { flags } from './flags.ts'

/** A page that may run its own script and nothing else: no inline code, no eval. */
const serve = (script: string): Server =>
  createServer((request, response) => {
    const isScript = request.url === '/vectors.js'
    response.writeHead(200, {
      'content-type': `${isScript ? 'text/javascript' : 'text/html'}; charset=utf-8`,
      'content-security-policy': "default-src 'none'; script-src 'self'",
    })
    response.end(isScript ? script : '<!doctype html><title>vectors</title><body><script src="/vectors.js"></script>')
  })

describe('assignment in Chromium', () => {
  let server: Server
  let browser: Browser
  let answer: { vectors: Record<string, Checked>; rule: boolean }

  beforeAll(async () => {
    server = serve(await bundle(new URL('page.ts', import.meta.url), 'iife'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
    browser = await chromium.launch({ executablePath, args: flags })
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    answer = JSON.parse((await page.textContent('body')) ?? '') as typeof answer
  })
  afterAll(async () => {
    await browser.close()
    await new Promise((resolve) => server.close(resolve))
  })

  it('gives every frozen answer', () => expectAllPass(answer.vectors))

  it('interprets audience rules under a strict content security policy', () => expect(answer.rule).toBe(true))
})
