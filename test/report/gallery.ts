import { mkdtemp } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { narrow } from './browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Every way in which pages are looked at. */
export const looks: Record<'light' | 'dark' | 'narrow', BrowserContextOptions> = {
  light: { colorScheme: 'light', viewport: { width: 1_200, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1_200, height: 900 } },
  narrow: { colorScheme: 'light', viewport: narrow },
}

/** The folder that pictures of pages are written to: the one named by SCREENSHOTS, else a temporary one. */
export const pictureFolder = async (): Promise<string> => process.env['SCREENSHOTS'] ?? (await mkdtemp(join(tmpdir(), 'contender-pages-')))

/** What axe finds wrong with a page as it stands, in short. */
export const violationsOf = async (page: Page): Promise<string[]> => {
  const client = await page.context().newCDPSession(page)
  await client.send('Runtime.evaluate', { expression: axe })
  await client.detach()
  return page.evaluate(async () => {
    type Run = { violations: { id: string; nodes: { html: string; any: { message: string }[] }[] }[] }
    const { axe: checker } = globalThis as unknown as { axe: { run(): Promise<Run> } }
    return (await checker.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 2).map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`).join(' | ')}`)
  })
}

/** Unfold everything, so that it is looked at as well; or fold it again. */
export const unfold = (page: Page, open: boolean, what = 'details'): Promise<void> =>
  page.$$eval(what, (all, to) => { for (const one of all) (one as HTMLDetailsElement).open = to }, open)

/** What moved while the page was made, with how far as browsers score it; and scripts and styles that held its first picture up. */
export const loadingOf = (page: Page): Promise<{ moved: string[]; blocking: string[] }> =>
  page.evaluate(async () => {
    type Shift = PerformanceEntry & { value: number; sources: { node: Node | null }[] }
    const shifts = await new Promise<Shift[]>((resolve) => {
      const seen: Shift[] = []
      new PerformanceObserver((list) => seen.push(...(list.getEntries() as Shift[]))).observe({ type: 'layout-shift', buffered: true })
      requestAnimationFrame(() => setTimeout(() => resolve(seen), 0))
    })
    const named = (node: Node | null): string => (node instanceof Element ? node.outerHTML : (node?.parentElement?.outerHTML ?? '')).slice(0, 120)
    const resources = performance.getEntriesByType('resource') as (PerformanceResourceTiming & { renderBlockingStatus: string })[]
    return {
      moved: shifts.filter(({ value }) => value > 0).map(({ value, sources }) => `${value}: ${sources.map(({ node }) => named(node)).join(' | ')}`),
      blocking: resources.filter(({ renderBlockingStatus }) => renderBlockingStatus === 'blocking').map(({ name }) => new URL(name).pathname),
    }
  })
