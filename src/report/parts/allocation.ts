import { html } from 'hono/html'
import { candidateColour, paint } from '../colours.ts'
import type { Html } from '../layout.ts'
import type { Share } from '../view/overview.ts'

/** Shares that are named beside the bar. */
const mostNamed = 4

const fill = ({ place }: Pick<Share, 'place'>): string => paint(place === null ? 'control' : candidateColour(place))

const swatch = (share: Share): Html =>
  html`<svg class="swatch" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><rect width="10" height="10" rx="2" fill="${fill(share)}"/></svg>`

/** Who gets what part of the traffic: a bar to look at, and the same in words. */
export const allocation = (shares: readonly Share[]): Html => {
  const words = shares.map(({ key, text }) => `${key} ${text}`).join(', ')
  const starts = shares.map((_, index) => shares.slice(0, index).reduce((sum, { share }) => sum + share * 100, 0))
  return html`<div class="allocation">
<svg viewBox="0 0 100 10" preserveAspectRatio="none" width="100%" height="10" role="img" aria-label="Traffic: ${words}">${
  shares.map((share, index) => html`<rect x="${(starts[index] ?? 0).toFixed(2)}" width="${Math.max(0.3, share.share * 100 - 0.6).toFixed(2)}" height="10" fill="${fill(share)}"/>`)
}</svg>
<ul class="plain small">${shares.slice(0, mostNamed).map((share) => html`<li>${swatch(share)} ${share.key} <span class="quiet">${share.text}</span></li>`)}${
  shares.length > mostNamed ? html`<li class="quiet">and ${shares.length - mostNamed} more</li>` : ''
}</ul></div>`
}
