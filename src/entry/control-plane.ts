import { randomBytes } from 'node:crypto'
import { linksOf } from '../core/tell/decision-links.ts'
import { runbookOf } from '../core/tell/runbook.ts'
import { postMortemOf } from '../core/tell/post-mortem.ts'
import type { Config } from '../config.ts'
import type { ControlPlane } from '../deps.ts'
import { replayDecision } from '../engine/replay.ts'
import { ServiceError } from '../errors.ts'
import { createContinuity } from '../store/continuity/index.ts'
import { createChampions } from '../store/control/champions.ts'
import { createChecks } from '../store/control/checks.ts'
import { createDeclarations } from '../store/control/declare.ts'
import { createExperiments } from '../store/control/experiments.ts'
import { readEntry } from '../store/control/ledger.ts'
import { createMetrics } from '../store/control/metrics.ts'
import { createModels } from '../store/control/models.ts'
import { createSignals } from '../store/control/signals.ts'
import { createSimulations } from '../store/control/simulations.ts'
import { createVersions } from '../store/control/versions.ts'
import type { Pool } from '../store/pool.ts'
import { readAudit } from '../store/read/audit.ts'
import { listDrills, readDrill } from '../store/read/drills.ts'
import { listPostMortems, readPostMortem } from '../store/read/post-mortems.ts'
import { validateRule } from '../targeting/validate.ts'
import type { UnitHasher } from '../token/unit.ts'
import { createRegistry } from './registry.ts'

/** Definitions, actions and decisions over one database. */
type Options = { database: { api: Pool }; hashUnit: UnitHasher; config: Pick<Config, 'mlflow'> }

export const createControlPlane = ({ database, hashUnit, config }: Options): ControlPlane => {
  const pool = database.api
  const surroundings = { pool, hashUnit, validateRule, drawSalt: () => randomBytes(9).toString('base64url') }
  return {
    models: { ...createModels(pool), audit: (key, page) => readAudit(pool, key, page) },
    versions: createVersions(pool),
    registry: createRegistry(pool, config),
    checks: createChecks(pool),
    champions: createChampions(pool),
    metrics: createMetrics(pool),
    experiments: createExperiments(surroundings),
    continuity: createContinuity(pool),
    declarations: createDeclarations(surroundings),
    signals: createSignals(pool),
    simulations: createSimulations(pool, validateRule),
    drills: {
      list: (page) => listDrills(pool, page),
      get: async (id) => {
        const drill = await readDrill(pool, id)
        if (!drill) throw new ServiceError('not_found', `there is no drill ${id}`)
        return drill
      },
    },
    postMortems: {
      list: (page, open) => listPostMortems(pool, page, open),
      get: async (decision) => {
        const facts = await readPostMortem(pool, decision)
        if (!facts) throw new ServiceError('not_found', `decision ${decision} has no post-mortem`)
        return postMortemOf(facts)
      },
    },
    decisions: {
      get: async (id) => {
        const entry = await readEntry(pool, id)
        if (!entry) throw new ServiceError('not_found', `there is no decision ${id}`)
        return { ...entry, links: linksOf(entry), runbook: runbookOf(entry) }
      },
      replay: (id) => replayDecision(pool, id),
    },
  }
}
