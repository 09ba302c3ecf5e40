import type { Command } from 'commander'
import type { CreateExperiment } from '../../../core/define/definitions.ts'
import { decisionsText, type Entry } from '../../../report/terminal/decisions.ts'
import { exits, Failure } from '../failure.ts'
import { paintFor, print, printJson, tell, widthOf } from '../output.ts'
import { type Asking, asking, experimentPath, ofExperiment, remote } from '../service.ts'

type Page = { items: Entry[]; next: string | null }

/** contender decisions KEY: the ledger of an experiment. */
export const decisionsCommand = (program: Command): void => {
  asking(program.command('decisions <experiment>'))
    .description('what was done or held back, and why, the newest first')
    .option('--limit <number>', 'how many, 1 to 500', '50')
    .action(async (key: string, { json, limit, ...to }: Asking & { limit: string }) => {
      if (!/^\d{1,3}$/.test(limit)) throw new Failure('expected a number from 1 to 500', { where: `--limit ${limit}`, exit: exits.usage })
      const api = remote(to)
      const page = await ofExperiment(api, key, () => api<Page>('GET', experimentPath(key, `/decisions?limit=${limit}`)))
      if (json) return printJson(page)
      const { variants } = await api<CreateExperiment>('GET', experimentPath(key))
      const all = [...page.items]
      for (let { next } = page; next !== null;) {
        const older = await api<Page>('GET', experimentPath(key, `/decisions?limit=500&cursor=${encodeURIComponent(next)}`))
        all.push(...older.items)
        next = older.next
      }
      print(decisionsText(all, variants.map((variant) => variant.key), page.items.length, { paint: paintFor(process.stdout), width: widthOf(process.stdout) }))
      if (page.next !== null) tell(`older ones follow: --limit ${Math.min(500, Number(limit) * 2)}`)
    })
}
