import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "form-action 'self'",
  "base-uri 'none'", "frame-ancestors 'none'",
].join('; ')

/** Headers of every page: nothing from elsewhere, nothing inline, no framing, no guessing. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export const page = (title: string, content: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Contender</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
</head>
<body>
<header><a href="/" class="brand">Contender</a> <nav><a href="/">Experiments</a> <a href="/docs">API</a></nav></header>
<main>${content}</main>
</body>
</html>`

export const pageResponse = async (title: string, content: Html, status = 200, headers: Record<string, string> = {}): Promise<Response> =>
  new Response(String(await page(title, content)), { status, headers: { ...pageHeaders, ...headers } })
