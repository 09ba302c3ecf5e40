import { Hono } from 'hono'
import type { Deps } from './deps.ts'
import { createAuth } from './http/auth.ts'
import { createAssigner } from './http/data/assigner.ts'
import { createAttribute } from './http/data/attribute.ts'
import { createBreakerFeed } from './http/data/breaker-feed.ts'
import { rememberEpochs } from './http/data/epochs.ts'
import { createExposer } from './http/data/exposer.ts'
import { createOutcomes } from './http/data/outcomes.ts'
import { metricsText } from './http/metrics-text.ts'
import { type OpenApi, openApiOf } from './http/openapi.ts'
import { createLimiter } from './http/rate-limit.ts'
import { type HotCall, register } from './http/register.ts'
import { refuseRevoked } from './http/revoked.ts'
import type { Route } from './http/route.ts'
import { actRoutes } from './http/routes/act.ts'
import { analysisRoutes } from './http/routes/analysis.ts'
import { assignmentRoutes } from './http/routes/assignments.ts'
import { chartFileRoutes } from './http/routes/chart-files.ts'
import { continuityRoutes } from './http/routes/continuity.ts'
import { declareRoutes } from './http/routes/declare.ts'
import { defineRoutes } from './http/routes/define.ts'
import { defineThingRoutes } from './http/routes/define-things.ts'
import { decisionRoutes, experimentRoutes } from './http/routes/experiments.ts'
import { evaluationRoutes } from './http/routes/evaluation.ts'
import { drillRoutes } from './http/routes/drills.ts'
import { eventRoutes } from './http/routes/events.ts'
import { exportRoutes } from './http/routes/exports.ts'
import { exposureRoutes } from './http/routes/exposures.ts'
import { homeRoutes } from './http/routes/home.ts'
import { gateAnswerRoutes } from './http/routes/gates.ts'
import { keyRoutes } from './http/routes/keys.ts'
import { metricRoutes } from './http/routes/metrics.ts'
import { decisionPageRoutes } from './http/routes/decision-pages.ts'
import { modelPageRoutes } from './http/routes/model-pages.ts'
import { championRoutes, gateRoutes, modelRoutes, versionRoutes } from './http/routes/models.ts'
import { outcomeRoutes } from './http/routes/outcomes.ts'
import { nearKeys, pageRoutes } from './http/routes/pages.ts'
import { postMortemRoutes } from './http/routes/post-mortems.ts'
import { powerRoutes } from './http/routes/power.ts'
import { registryPageRoutes } from './http/routes/registry-pages.ts'
import { registryRoutes } from './http/routes/registry.ts'
import { reportPageRoutes } from './http/routes/report-page.ts'
import { reportRoutes } from './http/routes/reports.ts'
import { sessionRoutes } from './http/routes/session.ts'
import { shareRoutes } from './http/routes/shares.ts'
import { signalRoutes } from './http/routes/signals.ts'
import { simulationRoutes } from './http/routes/simulations.ts'
import { snapshotRoutes } from './http/routes/snapshot.ts'
import { systemRoutes } from './http/routes/system.ts'
import { webhookRoutes } from './http/routes/webhooks.ts'
import { createPages } from './http/pages/pages.ts'
import { createStats } from './http/stats.ts'

export type App = {
  hono: Hono
  /** Every route, pages included. */
  routes: readonly Route[]
  document(): OpenApi
  /** Calls that a server may answer before the framework, by path. */
  hot: ReadonlyMap<string, HotCall>
}

/** What was written here is served here at once; other nodes are told. */
const publishWritten = ({ live, log, publish }: Pick<Deps, 'live' | 'log' | 'publish'>) => async (): Promise<void> => {
  const before = live.current()?.version
  try {
    await live.refresh()
  } catch (error) {
    log.warn({ err: error }, 'written, but the new snapshot could not be loaded yet')
  }
  const after = live.current()?.version
  if (after !== undefined && after !== before) publish(after)
}

/** The service as a Hono app. The two hot calls come first and have no middleware before them. */
export const createApp = (deps: Deps): App => {
  const stats = createStats()
  const { auth, keys } = refuseRevoked(createAuth(deps), deps.keys)
  const assigner = createAssigner(deps)
  const outcomes = createOutcomes(deps, createAttribute(deps), createBreakerFeed(deps))
  const expose = createExposer(deps, rememberEpochs(deps.live))
  const pages = createPages({ ...deps, auth, near: nearKeys(deps.control) })
  const text = metricsText(deps, { stats, served: assigner.answers.served, reported: outcomes.reported, authFailures: auth.failures })

  let made: OpenApi | null = null
  const document = (): OpenApi => (made ??= openApiOf(routes))
  const routes: Route[] = [
    ...assignmentRoutes(auth, assigner),
    ...outcomeRoutes(auth, outcomes),
    ...exposureRoutes(expose),
    ...snapshotRoutes(deps),
    ...modelRoutes(deps.control),
    ...versionRoutes(deps.control),
    ...gateRoutes(deps.control),
    ...championRoutes(deps.control),
    ...registryRoutes(deps.control),
    ...metricRoutes(deps.control),
    ...experimentRoutes(deps.control),
    ...decisionRoutes(deps.control),
    ...continuityRoutes(deps.control),
    ...declareRoutes(deps.control),
    ...postMortemRoutes(deps.control),
    ...reportRoutes(deps),
    ...signalRoutes(deps.control),
    ...gateAnswerRoutes(deps),
    ...analysisRoutes(),
    ...evaluationRoutes(),
    ...powerRoutes(deps),
    ...simulationRoutes(deps.control),
    ...drillRoutes(deps),
    ...keyRoutes({ keys, now: deps.now }),
    ...webhookRoutes(deps),
    ...systemRoutes(deps, text),
    ...sessionRoutes(auth),
    ...exportRoutes({ ...deps, pages }),
    ...chartFileRoutes({ ...deps, pages }),
    ...eventRoutes({ ...deps, pages }),
    ...shareRoutes({ ...deps, pages }),
    ...actRoutes({ ...deps, pages }),
    // before the page of an experiment, whose key would be "new"
    ...defineThingRoutes({ ...deps, pages }),
    ...defineRoutes({ ...deps, pages }),
    ...homeRoutes({ ...deps, pages }),
    ...modelPageRoutes({ ...deps, pages }),
    ...registryPageRoutes({ ...deps, pages }),
    ...reportPageRoutes({ ...deps, pages }),
    ...decisionPageRoutes({ ...deps, pages }),
    ...pageRoutes({ document }),
  ]
  const hono = new Hono()
  const hot = register(hono, routes, { auth, limiter: createLimiter(deps), stats, log: deps.log, written: publishWritten(deps) })
  return { hono, routes, document, hot }
}
