import type { Api } from '../../src/client/api.ts'
import type { Standing } from './stories.ts'

/** What of a model's ledger a timeline needs. */
export type Entry = {
  id: number
  action: string
  variant: string | null
  status: string
  rule: string | null
  experiment: string | null
  evidence: { ramp?: { to: { words: string } }; to?: string; begun?: { reason: string }[] }
}

/** One line. `share`: what the candidate got of all that came in the hour after it; `units`: how many had come by then. */
export type Row = { hours: number; stage: string; what: string; rule: string; share: number | null; units: number }

type Page = { items: Entry[]; next: string | null }

/** Where an experiment stands, in a word or two. */
export const stageWords = ({ state, allocation, step, steps }: Standing): string => {
  if (state === 'baking') return 'bake'
  if (state !== 'running') return state.replace('_', ' ')
  return allocation === 'steps' ? `step ${step + 1} of ${steps}` : allocation
}

/** Whom an action is about: where to, or of whom. */
const aboutOf = ({ action, variant, evidence }: Entry): string[] => {
  if (evidence.ramp) return [`to ${evidence.ramp.to.words}`]
  if (evidence.to) return [`to ${evidence.to}`]
  return variant === null ? [] : [action === 'rollback' ? `of ${variant}` : variant]
}

const whatOf = (entry: Entry): string => {
  const why = (entry.evidence.begun ?? []).map(({ reason }) => reason.replaceAll('_', ' ')).join(', ')
  const aside = [...(why === '' ? [] : [why]), ...(entry.status === 'applied' ? [] : [entry.status])]
  return [entry.action, ...aboutOf(entry), ...aside.map((words) => `(${words})`)].join(' ')
}

/** Follows what happens to an experiment, and to its model by its watch, as the ledger tells it. */
export const startTimeline = (api: Api, key: string) => {
  const entries: Entry[] = []
  const told = new Set<number>()
  const rows: Row[] = []
  let cursor = ''
  let before: string | null = null

  const push = (row: Omit<Row, 'share' | 'units'>): void => {
    const last = rows.at(-1)
    const folded = last?.what.match(/^reallocate(?: \((\d+) moves\))?$/)
    if (row.what !== 'reallocate' || !folded || !last) rows.push({ ...row, share: null, units: 0 })
    // a bandit moves again and again: one line, from its first move on, with what it came to
    else Object.assign(last, { what: `reallocate (${Number(folded[1] ?? 1) + 1} moves)`, share: null })
  }

  /** What of the model's ledger is about this and was not told yet. */
  const fresh = async (): Promise<Entry[]> => {
    const found: Entry[] = []
    for (;;) {
      const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = await api<Page>('GET', `/api/models/${key}/audit?limit=100${from}`)
      found.push(...page.items.filter(({ id, experiment, rule }) => !told.has(id) && (experiment === key || rule === 'watch')))
      for (const { id } of page.items) told.add(id)
      if (page.next === null) return found
      cursor = page.next
    }
  }

  return {
    /** Entries that are new, told at the stage in which they were written: the one before this standing. */
    async read(standing: Standing): Promise<void> {
      const { hours } = standing
      for (const entry of await fresh()) {
        push({ hours, stage: before ?? stageWords(standing), what: whatOf(entry), rule: entry.rule ?? '' })
        entries.push(entry)
      }
      before = stageWords(standing)
    },
    note(standing: Standing, what: string): void {
      push({ hours: standing.hours, stage: stageWords(standing), what, rule: '' })
    },
    /** What came after the rows that are new. */
    settle(share: number, units: number): void {
      for (const row of rows) if (row.share === null) Object.assign(row, { share, units })
    },
    entries: (): readonly Entry[] => entries,
    rows: (): readonly Row[] => rows,
  }
}
