import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** Markup with everything put into it escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Who reads a page, as far as pages differ by it. */
export type Reader = {
  /** Whether there is a session that can be ended. */
  signedIn: boolean
  /** May promote, kill, roll back and stop. */
  operates: boolean
  /** May draft experiments. */
  defines: boolean
}

/** Somebody who may look and nothing else. */
export const onlooker: Reader = { signedIn: false, operates: false, defines: false }

export type PageParts = {
  /** Of the window and of bookmarks; the one `h1` says the same. */
  title: string
  content: Html
  reader: Reader
  /** Further markup of the head, as links to other forms of the page. */
  head?: Html
}

const signOut = (): Html => html`<form method="post" action="/session/end" class="inline"><button class="plain">Sign out</button></form>`

/** A whole document. Nothing in it is inline: the stylesheet and the small script are files of their own. */
export const page = ({ title, content, reader, head }: PageParts): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Contender</title>
<link rel="stylesheet" href="/style.css">
<script src="/page.js" defer></script>
<link rel="icon" href="data:,">${head ?? ''}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a href="/" class="brand">Contender</a><nav aria-label="Main"><a href="/">Overview</a> <a href="/how-to-read">How to read</a> <a href="/docs">API</a></nav>${reader.signedIn ? signOut() : ''}</header>
<main id="main">${content}</main>
</body>
</html>`
