import { z } from 'zod'
import { AcknowledgeWatch, CreateModel, CreateVersion, Key, PatchModel, PutChampion, RollbackModel, VersionName, VersionRecord } from '../../core/define/definitions.ts'
import { CreateCheck, Ready } from '../../core/models/checks.ts'
import type { ControlPlane } from '../../deps.ts'
import { MB } from '../body.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'
import { Champion, Champions, Model, Models } from '../views/models.ts'
import { Check, Checks, Version, Versions } from '../views/versions.ts'
import { WatchAlerts } from '../views/watch.ts'

const tag = 'Models and versions'
const ByKey = z.object({ key: Key })
const ByVersion = z.object({ key: Key, version: VersionName })

/** /api/models: named decision points. */
export const modelRoutes = ({ models }: Pick<ControlPlane, 'models'>): Route[] => [
  route({
    method: 'post', path: '/api/models', scope: 'define', tag, summary: 'Create a model', definition: true, limit: MB,
    body: CreateModel.meta({ id: 'CreateModel' }),
    responses: { 201: { description: 'the model', schema: Model } },
    handle: async ({ body }) => ({ status: 201, body: await models.create(body) }),
  }),
  route({
    method: 'get', path: '/api/models', scope: 'read', tag, summary: 'List models', query: Paging,
    responses: { 200: { description: 'a page, by key', schema: Models } },
    handle: async ({ query }) => pageAnswer(await models.list(pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/models/{key}', scope: 'read', tag, summary: 'Read a model', params: ByKey,
    responses: { 200: { description: 'the model', schema: Model } },
    handle: async ({ path }) => ({ body: await models.get(path.key) }),
  }),
  route({
    method: 'patch', path: '/api/models/{key}', scope: 'operate', tag,
    summary: 'Switch a model on or off, change its watch, fallbacks, required checks, registry or when it is to be trained again',
    params: ByKey, body: PatchModel.meta({ id: 'PatchModel' }), definition: true,
    responses: { 200: { description: 'the model', schema: Model } },
    handle: async ({ path, body, principal }) => ({ body: await models.patch(path.key, body, principal.id) }),
  }),
]

/** /api/models/{key}/versions: immutable once they have had traffic. */
export const versionRoutes = ({ versions }: Pick<ControlPlane, 'versions'>): Route[] => [
  route({
    method: 'post', path: '/api/models/{key}/versions', scope: 'define', tag, summary: 'Register a version', params: ByKey,
    body: CreateVersion.meta({ id: 'CreateVersion' }), definition: true, limit: MB,
    responses: { 201: { description: 'the version', schema: Version } },
    handle: async ({ path, body }) => ({ status: 201, body: await versions.create(path.key, body) }),
  }),
  route({
    method: 'get', path: '/api/models/{key}/versions', scope: 'read', tag, summary: 'List versions', params: ByKey, query: Paging,
    responses: { 200: { description: 'a page, in the order of registration', schema: Versions } },
    handle: async ({ path, query }) => pageAnswer(await versions.list(path.key, pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/models/{key}/versions/{version}', scope: 'read', tag, summary: 'Read a version', params: ByVersion,
    responses: { 200: { description: 'the version', schema: Version } },
    handle: async ({ path }) => ({ body: await versions.get(path.key, path.version) }),
  }),
  route({
    method: 'put', path: '/api/models/{key}/versions/{version}', scope: 'define', tag, summary: 'Replace a version that had no traffic yet',
    params: ByVersion, body: VersionRecord.meta({ id: 'VersionRecord' }), definition: true, limit: MB,
    responses: { 200: { description: 'the version', schema: Version } },
    handle: async ({ path, body }) => ({ body: await versions.put(path.key, path.version, body) }),
  }),
]

/** What keeps a version from serving anybody: /api/models/{key}/versions/{version}/checks and …/ready. */
export const gateRoutes = ({ checks, versions }: Pick<ControlPlane, 'checks' | 'versions'>): Route[] => [
  route({
    method: 'post', path: '/api/models/{key}/versions/{version}/checks', scope: 'define', tag, params: ByVersion, limit: MB, definition: true,
    summary: 'Tell what a pipeline found out about a version; the latest of each name counts',
    body: CreateCheck.meta({ id: 'CreateCheck' }),
    responses: { 201: { description: 'the check', schema: Check }, 200: { description: 'it was told before', schema: Check } },
    handle: async ({ path, body, principal }) => {
      const { check, added } = await checks.add(path.key, path.version, body, principal.id)
      return { status: added ? 201 : 200, body: check }
    },
  }),
  route({
    method: 'get', path: '/api/models/{key}/versions/{version}/checks', scope: 'read', tag, summary: 'List the checks of a version',
    params: ByVersion, query: Paging,
    responses: { 200: { description: 'a page, the latest received first', schema: Checks } },
    handle: async ({ path, query }) => pageAnswer(await checks.list(path.key, path.version, pageRequest(query))),
  }),
  route({
    method: 'post', path: '/api/models/{key}/versions/{version}/ready', scope: 'operate', tag, params: ByVersion,
    summary: 'Tell that a version is warm: experiments that wait for it may start', body: Ready.meta({ id: 'Ready' }),
    responses: { 200: { description: 'the version', schema: Version } },
    handle: async ({ path, body }) => ({ body: await versions.ready(path.key, path.version, body.ready) }),
  }),
]

/** /api/models/{key}/champion: the version served when no experiment says otherwise. */
export const championRoutes = ({ champions }: Pick<ControlPlane, 'champions'>): Route[] => [
  route({
    method: 'put', path: '/api/models/{key}/champion', scope: 'operate', tag, summary: 'Make a version the champion', params: ByKey,
    description: 'With the first of `fallbacks` this is what a watch with `onHarm: "fallback"` does by itself; a rollback after it goes back to the champion before.',
    body: PutChampion.meta({ id: 'PutChampion' }),
    responses: { 200: { description: 'the switch', schema: Champion } },
    handle: async ({ path, body, principal }) => ({ body: await champions.set(path.key, body.version, body.reason, principal.id) }),
  }),
  route({
    method: 'post', path: '/api/models/{key}/rollback', scope: 'operate', tag, summary: 'Go back to the previous champion', params: ByKey,
    body: RollbackModel.meta({ id: 'RollbackModel' }),
    responses: { 200: { description: 'the switch', schema: Champion } },
    handle: async ({ path, body, principal }) => ({ body: await champions.rollback(path.key, body.reason, principal.id) }),
  }),
  route({
    method: 'post', path: '/api/models/{key}/acknowledge', scope: 'operate', tag, summary: 'Tell that the alerts of a watch were seen', params: ByKey,
    description:
      'Of the champion, all of them or those of one `metric`. What lasts is not told again until it is over or another version serves; what is over is gone, ' +
      'and of values that have moved the ones to come are the reference. Traffic stays as it is, and `onHarm` goes on protecting it.',
    body: AcknowledgeWatch.meta({ id: 'AcknowledgeWatch' }),
    responses: { 200: { description: 'the alerts that are left', schema: WatchAlerts } },
    handle: async ({ path, body, principal }) => ({ body: { model: path.key, alerts: await champions.acknowledge(path.key, body, principal.id) } }),
  }),
  route({
    method: 'get', path: '/api/models/{key}/champion/history', scope: 'read', tag, summary: 'Who was champion, when and why',
    params: ByKey, query: Paging,
    responses: { 200: { description: 'a page, the latest first', schema: Champions } },
    handle: async ({ path, query }) => pageAnswer(await champions.history(path.key, pageRequest(query))),
  }),
]
