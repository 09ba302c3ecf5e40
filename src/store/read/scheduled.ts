import type { DueStart } from '../../core/decide/inputs.ts'
import { isDue } from '../../core/define/start-at.ts'
import type { Pool } from '../pool.ts'
import { isReal } from './drills.ts'
import { readFacts } from './moments.ts'

/** Drafts that start by themselves and whose time has come, by the database's clock, the oldest first; those of drills never do. */
export const readDueStarts = (pool: Pool): Promise<DueStart[]> =>
  pool.begin(async (tx) => {
    const drafts = await tx<{ id: number; startAt: string; told: string | null; now: Date }[]>`
      select e.id, e.definition->>'startAt' as "startAt", moment() as now,
        (select entry->>'reason' from ledger where experiment = e.id order by seq desc limit 1) as told
      from experiments e where e.state = 'draft' and jsonb_exists(e.definition, 'startAt') and ${isReal(tx, 'e.key')} order by e.id`
    const due: DueStart[] = []
    for (const { id, startAt, told, now } of drafts) {
      const found = isDue({ startAt }, now) ? await readFacts(tx, id) : undefined
      if (!found) continue
      const { now: _now, champion: _champion, ...facts } = found
      due.push({ facts, now, told })
    }
    return due
  })
