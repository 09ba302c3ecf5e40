import { sentenceOf } from '../../core/describe/wording.ts'
import { ResolveRegistry } from '../../core/models/registry.ts'
import type { ControlPlane } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { nothingToResolve, resolve, type ResolvePage } from '../../report/pages/registry.ts'
import { registryView } from '../../report/view/registry.ts'
import type { Pages, Sent, Shown } from '../pages/pages.ts'
import { seeOther } from '../pages/respond.ts'
import type { Route } from '../route.ts'
import { parse } from '../violations.ts'

type RegistryDeps = { pages: Pages; control: Pick<ControlPlane, 'models' | 'versions' | 'registry'>; now(): number }

const many = { limit: 200, cursor: null }

const read = async ({ control, now }: RegistryDeps, key: string) => {
  const [model, versions] = await Promise.all([control.models.get(key), control.versions.list(key, many)])
  return registryView(model, versions.items, now())
}

const ask = async (deps: RegistryDeps, key: string, kept: Omit<ResolvePage, 'key' | 'view'>, status = 200): Promise<Shown> => {
  const view = await read(deps, key)
  if (view === null || view.ways.length === 0) return { title: 'Nobody has to say anything', content: nothingToResolve(key), status: 409 }
  return { title: `Which champion of ${key} counts?`, content: resolve({ key, view, ...kept }), status }
}

const submitted = async (deps: RegistryDeps, { path, form, principal }: Sent): Promise<Shown> => {
  const [key, keep, reason] = [path['key'] ?? '', form.get('keep'), form.get('reason') ?? '']
  const again = (text: string, field: 'keep' | 'reason' | null, status: number): Promise<Shown> => ask(deps, key, { keep, reason, problem: { text, field } }, status)
  if (keep !== 'ours' && keep !== 'registry') return again('Choose one: nothing is chosen for you.', 'keep', 422)
  try {
    await deps.control.registry.resolve(key, parse(ResolveRegistry, { keep, reason }, { form: 'invalid_body', meaning: 'invalid_body' }), principal.id)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.violations.some(({ path: field }) => field === 'reason')) return again('Say why, in words.', 'reason', 422)
    if (error.code !== 'conflict' && error.code !== 'version_locked' && error.code !== 'checks_missing') throw error
    return again(sentenceOf(error.message), null, error.status)
  }
  return seeOther(`/models/${key}#registry`)
}

/** /models/{key}/registry: says which champion counts after somebody moved it in MLflow; asks first. */
export const registryPageRoutes = (deps: RegistryDeps): Route[] => [
  deps.pages.show('/models/{key}/registry', 'Ask which champion counts', ({ path, reader }) => {
    if (!reader.operates) throw new ServiceError('scope_missing', 'this key lacks the scope "operate"')
    return ask(deps, path['key'] ?? '', { keep: null, reason: '' })
  }),
  deps.pages.submit('/models/{key}/registry', 'Say which champion counts', 'operate', (sent) => submitted(deps, sent)),
]
