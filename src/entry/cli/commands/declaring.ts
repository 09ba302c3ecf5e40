import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import type { DeclaredStep } from '../../../core/declare/declared.ts'
import { declarationText, tallyText } from '../../../report/terminal/declaration.ts'
import { gather, inFiles } from '../declarations.ts'
import { exits, Failure } from '../failure.ts'
import { paintFor, print, printJson, tell } from '../output.ts'
import { type Asking, asking, remote } from '../service.ts'

type Page = { items: object[]; next: string | null }
type Answer = { steps: DeclaredStep[]; tag: string; applied: boolean }

const agreed = async (): Promise<boolean> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question('  Apply this? [y/N] ')
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

const apply = async (files: readonly string[], { plan, yes, json, ...to }: Asking & { plan?: true; yes?: true }): Promise<void> => {
  const api = remote(to)
  const gathered = await gather(files)
  const ask = async (query: string, headers?: Record<string, string>): Promise<Answer> => {
    try {
      return await api<Answer>('POST', `/api/apply${query}`, gathered.declared, headers)
    } catch (error) {
      throw inFiles(error, gathered)
    }
  }
  const planned = await ask('?dryRun=true')
  const open = planned.steps.filter(({ does }) => does !== 'nothing')
  if (!json) print(declarationText(planned.steps, paintFor(process.stdout)))
  const drifted = open.some(({ does }) => does === 'drift')
  if (plan || open.length === 0 || drifted) {
    if (json) printJson(planned)
    if (drifted) throw new Failure('what is there differs and cannot be made as declared; nothing was changed', { exit: exits.no })
    process.exitCode = plan && open.length > 0 ? exits.no : exits.ok
    return
  }
  if (!yes && process.stdin.isTTY && !(await agreed())) throw new Failure('nothing was changed', { exit: exits.no })
  const applied = await ask('', { 'if-match': `"${planned.tag}"` })
  if (json) return printJson(applied)
  tell(`  Applied: ${tallyText(applied.steps)}. Drafts wait for the action start.`)
}

/** contender apply, export and audit: what a team keeps in files. */
export const declaringCommands = (program: Command): void => {
  asking(program.command('apply <files...>'))
    .description('make true what files of YAML or JSON declare: metrics, models with versions, experiments; all of it, or nothing')
    .option('--plan', 'only show what would change; ends with 1 when something would')
    .option('--yes', 'do not ask in a terminal')
    .action(apply)
  asking(program.command('export'))
    .description('what is there, as such a file')
    .option('--model <key>', 'only what belongs to this model')
    .action(async ({ model, json, ...to }: Asking & { model?: string }) => {
      const declared = await remote(to)<object>('GET', `/api/export${model === undefined ? '' : `?model=${encodeURIComponent(model)}`}`)
      if (json) return printJson(declared)
      process.stdout.write(stringify(declared, { lineWidth: 120 }))
    })
  asking(program.command('audit <model>'))
    .description('everything that happened to a model, the oldest first, an entry of the ledger a line')
    .action(async (model: string, to: Asking) => {
      const api = remote(to)
      for (let cursor: string | null = ''; cursor !== null; ) {
        const after = cursor === '' ? '' : `&cursor=${cursor}`
        const page: Page = await api<Page>('GET', `/api/models/${encodeURIComponent(model)}/audit?limit=200${after}`)
        for (const entry of page.items) print(JSON.stringify(entry))
        cursor = page.next
      }
    })
}
