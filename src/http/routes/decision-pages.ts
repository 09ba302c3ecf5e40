import { Reason } from '../../core/define/definitions.ts'
import type { ControlPlane } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { decision, replay } from '../../report/pages/decision.ts'
import { postMortem, type PostMortemPage, postMortemTitle } from '../../report/pages/post-mortem.ts'
import type { DecisionDetail, ExperimentView } from '../../core/tell/views.ts'
import { decisionPage, replayPage, type Standpoint } from '../../report/view/decision.ts'
import { type Asked, isGuest, type Pages, type Sent, type Shown } from '../pages/pages.ts'
import { seeOther } from '../pages/respond.ts'
import type { Route } from '../route.ts'

type DecisionDeps = { pages: Pages; control: Pick<ControlPlane, 'decisions' | 'postMortems' | 'experiments'>; now(): number }

/** @throws {ServiceError} not_found for what can be no entry */
const idOf = ({ path }: Pick<Asked, 'path'>): number => {
  const text = path['id'] ?? ''
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new ServiceError('not_found', `there is no decision "${text}"`)
  return Number(text)
}

const shown = (page: PostMortemPage, { reader }: Asked, status = 200): Shown =>
  ({ title: postMortemTitle(page.postMortem), content: postMortem(page, reader), status })

/** Signs by the very action that the API has; what stands against it is said on the page. */
const signed = async ({ control, now }: DecisionDeps, sent: Sent): Promise<Shown> => {
  const id = idOf(sent)
  const note = sent.form.get('note') ?? ''
  const found = await control.postMortems.get(id)
  const again = (problem: string, status: number): Shown => shown({ postMortem: found, now: now(), note, problem }, sent, status)
  const reason = Reason.safeParse(note)
  if (!reason.success) return again('Say what was found, in words.', 422)
  if (found.sign === null) return shown({ postMortem: found, now: now(), note }, sent, 409)
  try {
    await control.experiments.act(found.experiment, { action: 'acknowledge', ...(found.variant !== null && { variant: found.variant }), reason: reason.data }, sent.principal.id)
  } catch (error) {
    if (!(error instanceof ServiceError) || (error.code !== 'conflict' && error.code !== 'stale')) throw error
    return again(`${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`, error.status)
  }
  return seeOther(`/decisions/${id}/post-mortem`)
}

/** An entry of this very experiment, where its pages are, and what its reader may follow. @throws {ServiceError} not_found */
const ofExperiment = async ({ control }: DecisionDeps, asked: Asked): Promise<{ found: DecisionDetail; from: Standpoint }> => {
  const [id, key] = [idOf(asked), asked.path['key'] ?? '']
  const found = await control.decisions.get(id)
  if (found.experiment !== key) throw new ServiceError('not_found', `${key} has no decision ${id}`)
  return { found, from: { base: `/experiments/${key}/decisions/${id}`, keyed: !isGuest(asked.principal) } }
}

/** The experiment whose variants and metrics an entry speaks of; a draft that could not start may be deleted by now. */
const experimentOf = async ({ control }: DecisionDeps, { experiment }: DecisionDetail): Promise<ExperimentView | null> =>
  experiment === null ? null : control.experiments.get(experiment).catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === 'experiment_not_found') return null
    throw error
  })

/** /decisions/{id}: an entry of the ledger, the same taken again, and the post-mortem that it opened; for shares below the experiment, too. */
export const decisionPageRoutes = (deps: DecisionDeps): Route[] => [
  deps.pages.show('/decisions/{id}', 'A decision', async (asked) => {
    const found = await deps.control.decisions.get(idOf(asked))
    const page = decisionPage(found, await experimentOf(deps, found), deps.now())
    return { title: page.title, content: decision(page) }
  }),
  deps.pages.show('/decisions/{id}/replay', 'A decision taken again', async (asked) => {
    const page = replayPage(await deps.control.decisions.replay(idOf(asked)))
    return { title: page.title, content: replay(page) }
  }),
  deps.pages.shared('/experiments/{key}/decisions/{id}', 'A decision of an experiment', async (asked) => {
    const { found, from } = await ofExperiment(deps, asked)
    const page = decisionPage(found, await experimentOf(deps, found), deps.now(), from)
    return { title: page.title, content: decision(page) }
  }),
  deps.pages.shared('/experiments/{key}/decisions/{id}/replay', 'A decision of an experiment taken again', async (asked) => {
    const { found, from } = await ofExperiment(deps, asked)
    const page = replayPage(await deps.control.decisions.replay(found.id), from)
    return { title: page.title, content: replay(page) }
  }),
  deps.pages.show('/decisions/{id}/post-mortem', 'The post-mortem of a decision', async (asked) =>
    shown({ postMortem: await deps.control.postMortems.get(idOf(asked)), now: deps.now(), note: '' }, asked)),
  deps.pages.submit('/decisions/{id}/post-mortem', 'Sign a post-mortem', 'operate', (sent) => signed(deps, sent)),
]
