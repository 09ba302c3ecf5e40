import type { Undo } from '../decide/ledger.ts'

/** What people need to know of an action that takes a version out of service. */
export type Runbook = { does: string; keeps: string; effect: string; undo: string; next: string }

const effect =
  'Every node serves accordingly within 1 s where nodes share a Redis, else within 5 s, counted from the decision; `npm run bench:publish` measures it.'

const books: Record<string, Omit<Runbook, 'effect' | 'undo'>> = {
  rollback: {
    does: 'The experiment ends. A promotion that it made is taken back: the champion before serves again, with its payload and checkpoint. What was rolled back is locked, and cannot become champion.',
    keeps: 'Everything that was learned and counted: outcomes of units that were exposed still count until their window closes.',
    next: 'Read the post-mortem, find the cause, and send the action acknowledge: that signs it and lifts the lock. Then try again under another key.',
  },
  'roll-through': {
    does: 'The variants that do harm are killed and their versions locked. The variant that waited as `next` gets their traffic, beside the same control. This happens once.',
    keeps: 'The experiment goes on with its control; what was counted of the variants that were killed stays in the report.',
    next: 'Watch the guardrails of the variant that took over: should it do harm as well, the experiment rolls back. Then acknowledge what was locked.',
  },
  fallback: {
    does: 'The control fails, so another version stands in for it: the first healthy one of `fallbacks`, else the champion before. Units keep their variant, and are not analysed while they get something else.',
    keeps: 'The experiment, its weights and all that was counted; nothing is promoted meanwhile.',
    next: 'Mend what fails. It ends by itself when the control has been well for five minutes.',
  },
}

/** A fallback by a person's word. */
const manualFallback: Omit<Runbook, 'effect' | 'undo'> = {
  does: 'A person took the control out: another version stands in for it, the first healthy one of `fallbacks`, else the champion before. Units keep their variant, and are not analysed while they get something else.',
  keeps: 'The experiment, its weights and all that was counted; nothing is promoted by itself meanwhile.',
  next: 'Find out what is wrong with the control and mend it. Then send the action enable with the key of the control as `variant`: only that ends it. Should the version that stands in fail as well, breakers go on to the next one. Where it ends the experiment first, that version becomes the champion.',
}

/** How to live with an action that took something out of service; null for all others. `undo` as the entry tells it. */
export const runbookOf = ({ action, status, rule, undo }: { action: string; status: string; rule: string; undo?: Undo | null }): Runbook | null => {
  if (status !== 'applied') return null
  const book = action === 'fallback' && rule === 'manual' ? manualFallback : books[action]
  return book ? { ...book, effect, undo: undo?.text ?? 'No single action takes this back.' } : null
}
