import type { AcknowledgeWatch } from '../../core/define/definitions.ts'
import { nothingUndone } from '../../core/decide/undo.ts'
import { alertName, ofReign, shownAlerts, unseen, withSeen } from '../../core/models/watch-alerts.ts'
import type { OpenAlert, WatchState } from '../../core/models/watch-state.ts'
import { ServiceError } from '../../errors.ts'
import type { Pool } from '../pool.ts'
import { readWatchAlerts } from '../read/watch.ts'
import { inside } from './inside.ts'
import { requireModel, tell } from './models.ts'

type Row = { id: number; version: string; scope: number; state: WatchState | null; now: Date; since: Date }

/**
 * Somebody has seen what the watch of a champion alarms: all of it, or of one metric. Traffic stays as it is, and so does
 * what follows from limits.
 *
 * @param seen names of the alerts that the caller knows of; 'stale' where there are others
 * @returns the alerts that are left
 * @throws {ServiceError} model_not_found; conflict where nothing waits for anybody
 */
export const acknowledgeWatch = (pool: Pool, key: string, { metric, reason }: AcknowledgeWatch, actor: string, seen?: readonly string[]): Promise<OpenAlert[]> =>
  pool.begin(async (tx) => {
    const model = await requireModel(tx, key, true)
    const [row] = await tx<Row[]>`
      select v.id, v.version, v.watch_scope as scope, v.watch_state as state, moment() as now, h.at as since
      from models m join versions v on v.id = m.champion
        cross join lateral (select at from champion_history where model = m.id order by seq desc limit 1) h
      where m.id = ${model.id} for update of v`
    const since = row?.since.toISOString() ?? ''
    const open = row ? unseen(shownAlerts(row.state, row.scope, since, model.watch)).filter((alert) => metric === undefined || alert.metric === metric) : []
    if (seen && open.some((alert) => !seen.includes(alertName(alert)))) throw new ServiceError('stale', `the watch of "${key}" alarms something else by now; look at it and ask again`)
    if (!row || open.length === 0) throw new ServiceError('conflict', `acknowledge: no alert of the watch of "${key}"${metric === undefined ? '' : ` on "${metric}"`} waits for anybody`)
    const state = withSeen(ofReign(row.state, row.scope, since), open, { at: row.now.toISOString(), actor, reason })
    await tx`update versions set watch_state = ${tx.json(state as never)} where id = ${row.id}`
    await tell(tx, model, {
      actor, action: 'acknowledge', reason, evidence: { version: row.version, alerts: open }, undo: nothingUndone('What was acknowledged stays so until it is over, or another version serves.'),
    })
    return readWatchAlerts(inside(tx), key)
  })
