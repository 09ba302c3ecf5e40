import { z } from 'zod'
import { Key } from '../../core/define/definitions.ts'
import { ImportVersion, ResolveRegistry } from '../../core/models/registry.ts'
import type { ControlPlane } from '../../deps.ts'
import { route, type Route } from '../route.ts'
import { Model } from '../views/models.ts'
import { Version } from '../views/versions.ts'

const tag = 'Models and versions'
const ByKey = z.object({ key: Key })

/** Versions that are registered in MLflow. */
export const registryRoutes = ({ registry }: Pick<ControlPlane, 'registry'>): Route[] => [
  route({
    method: 'post', path: '/api/models/{key}/import', scope: 'define', tag, summary: 'Take a version over from MLflow', params: ByKey,
    description: 'By its number or by an alias; only READY ones. Metrics and parameters of its run come with it. The same again answers what is there.',
    body: ImportVersion.meta({ id: 'ImportVersion' }), definition: true,
    responses: { 201: { description: 'the version', schema: Version } },
    handle: async ({ path, body }) => ({ status: 201, body: await registry.import(path.key, body) }),
  }),
  route({
    method: 'post', path: '/api/models/{key}/registry', scope: 'operate', tag, summary: 'Say which champion counts after somebody moved it in MLflow',
    description:
      'While `registrySync.status` is `drift`, nothing is promoted on the model and nothing overwritten. `ours` writes our champion to the registry, ' +
      '`registry` makes its version champion here; it has to be imported first.',
    params: ByKey, body: ResolveRegistry.meta({ id: 'ResolveRegistry' }),
    responses: { 200: { description: 'the model', schema: Model } },
    handle: async ({ path, body, principal }) => ({ body: await registry.resolve(path.key, body, principal.id) }),
  }),
]
