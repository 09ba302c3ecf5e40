import { championChanged } from '../analyze/bake.ts'
import type { Call, LedgerEntry, Verdicts } from '../decide/ledger.ts'
import { count, plural } from '../describe/wording.ts'

/** Actions that put a variant out of service because of what it did: somebody has to say why, and sign. */
const opening = new Set(['kill', 'rollback', 'roll-through', 'emergency-stop'])

/** Does this entry open a post-mortem? Not where nobody is blamed, nor in a model's own chain. */
export const opensPostMortem = ({ action, status, rule, experiment }: Pick<LedgerEntry, 'action' | 'status' | 'rule' | 'experiment'>): boolean =>
  status === 'applied' && experiment !== null && rule !== championChanged && opening.has(action)

/** The address of the post-mortem of a decision. */
export const postMortemPath = (decision: number): string => `/api/decisions/${decision}/post-mortem`

/** Who has seen why, and what they say of it. `decision`: their acknowledgement. */
export type Signature = { at: string; by: string; note: string; decision: number }

/** One that nobody has signed yet. `variant` null: all candidates; `locked`: versions that wait for it. */
export type OpenPostMortem = { decision: number; experiment: string; variant: string | null; locked: string[] }

/** One of a list. Times are ISO 8601. */
export type PostMortemItem = OpenPostMortem & Pick<LedgerEntry, 'action' | 'rule' | 'actor' | 'reason'> & {
  model: string
  openedAt: string
  signature: Signature | null
}

/** A stored analysis as far as it tells of harm: `lower` is the lower end of a guardrail's harm, null where there is none. */
export type HarmPoint = { at: string; analysis: number; verdict: string; lower: number | null }
/** `name`: what people call the metric; absent where that is its key. */
export type HarmSeries = { metric: string; name?: string | undefined; variant: string; points: HarmPoint[] }

/** When harm showed: `began`, and stayed until the decision; `failed`: by the rule. Null where no stored analysis says so. */
export type Harm = { metric: string; name: string; variant: string; began: string | null; failed: string | null }

/** All that a post-mortem is made from; in order of time. */
export type PostMortemFacts = {
  item: PostMortemItem
  entry: LedgerEntry & { id: number }
  startedAt: string | null
  /** Every change of traffic but the clock's; `weights` by variant. */
  epochs: { epoch: number; at: string; weights: Record<string, number> }[]
  decisions: { id: number; at: string; actor: string; action: string; variant: string | null; status: string; reason: string }[]
  /** How often a bandit moved traffic, which the timeline does not tell one by one. */
  reallocations: number
  harm: HarmSeries[]
  /** Units exposed to each variant over the whole experiment. */
  exposed: Record<string, number>
  champions: { at: string; version: string; reason: string }[]
  /** Those of the locked versions that still are. */
  stillLocked: string[]
}

export type PostMortem = PostMortemItem & {
  timeline: { at: string; kind: 'start' | 'traffic' | 'harm' | 'decision' | 'champion' | 'signed'; text: string; decision: number | null }[]
  /** Units per variant: when it was decided (null where that was not told), and in all. */
  units: Record<string, { atDecision: number | null; exposed: number }>
  harm: Harm[]
  verdicts: Verdicts | null
  evidence: Record<string, unknown>
  servedSince: { from: string; text: string }[]
  stillLocked: string[]
  questions: string[]
  /** What signs it; null when it is signed. */
  sign: Call | null
}

const shows = ({ verdict, lower }: HarmPoint): boolean => verdict === 'FAIL' || (lower !== null && lower > 0)

/** From when on harm showed without a break until the decision, and when the rule first failed. */
export const harmOf = ({ metric, name = metric, variant, points }: HarmSeries): Harm => {
  const quiet = points.findLastIndex((point) => !shows(point))
  return {
    metric, name, variant,
    began: points[quiet + 1]?.at ?? null,
    failed: points.find(({ verdict }) => verdict === 'FAIL')?.at ?? null,
  }
}

const percents = (weights: Record<string, number>): string =>
  Object.entries(weights).map(([key, weight]) => `${key} ${Number((weight * 100).toFixed(1))} %`).join(', ')

type Event = PostMortem['timeline'][number]

const timelineOf = ({ startedAt, epochs, decisions, champions, reallocations, item }: PostMortemFacts, harm: Harm[]): Event[] => {
  const event = (at: string, kind: Event['kind'], text: string, decision: number | null = null): Event => ({ at, kind, text, decision })
  const events = [
    ...(startedAt === null ? [] : [event(startedAt, 'start', 'The experiment started.')]),
    ...epochs.map(({ at, epoch, weights }) => event(at, 'traffic', `Epoch ${epoch}: ${percents(weights)}.`)),
    ...harm.flatMap(({ name, variant, began, failed }) => [
      ...(began === null ? [] : [event(began, 'harm', `${variant} began to show harm on ${name}.`)]),
      ...(failed === null ? [] : [event(failed, 'harm', `${variant} failed its rule on ${name}.`)]),
    ]),
    ...decisions.map(({ id, at, actor, action, variant, status, reason }) =>
      event(at, 'decision', `${action}${variant === null ? '' : ` ${variant}`} (${status}) by ${actor}: ${reason}`, id)),
    ...champions.map(({ at, version, reason }) => event(at, 'champion', `Version ${version} became champion: ${reason}`)),
    ...(item.signature ? [event(item.signature.at, 'signed', `Signed by ${item.signature.by}: ${item.signature.note}`, item.signature.decision)] : []),
  ]
  if (reallocations > 0 && startedAt !== null) {
    events.push(event(startedAt, 'traffic', `From here on the bandit moved traffic ${count(reallocations)} ${plural('time', reallocations)}.`))
  }
  return events.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}

const questionsOf = ({ item, entry }: PostMortemFacts, harm: Harm[]): string[] => {
  const who = item.variant ?? 'the candidates'
  const manual = entry.mode === 'manual'
  return [
    ...harm.map(({ name, variant }) => `Why did ${variant} get worse on ${name}, and in which requests?`),
    ...(manual && harm.length === 0 ? [`No rule had failed for ${who}: what was seen, and should a rule watch it?`] : []),
    `Could an offline check have shown it before ${who} had traffic?`,
    ...(manual ? [] : ['Was it found soon enough, at the margin, the window and the share of traffic that were chosen?']),
    ...(item.locked.length > 0 ? [`What has to change before ${item.locked.map((version) => `version ${version}`).join(' and ')} may serve again?`] : []),
    'Who was affected, and do they have to be told?',
  ]
}

/** What is served from the decision on: the traffic while the experiment went on, and every champion. */
const servedSince = ({ entry, epochs, champions }: PostMortemFacts): PostMortem['servedSince'] => {
  const first = epochs.filter(({ epoch, at }) => epoch >= entry.epochAfter && at >= entry.at)
  const before = champions.findLast(({ at }) => at <= entry.at)
  const after = champions.filter(({ at }) => at > entry.at)
  return [
    ...(before ? [{ from: entry.at, text: `version ${before.version} as champion` }] : []),
    ...first.map(({ at, weights }) => ({ from: at, text: `in the experiment: ${percents(weights)}` })),
    ...after.map(({ at, version }) => ({ from: at, text: `version ${version} as champion` })),
  ].toSorted((one, other) => (one.from < other.from ? -1 : one.from > other.from ? 1 : 0))
}

/** The draft of a post-mortem, or what was signed: pure, so that page, Markdown and API say the same. */
export const postMortemOf = (facts: PostMortemFacts): PostMortem => {
  const { item, entry, exposed, stillLocked } = facts
  const harm = facts.harm.map(harmOf)
  const sign: Call = {
    method: 'POST', path: `/api/experiments/${item.experiment}/actions`,
    body: { action: 'acknowledge', ...(item.variant !== null && { variant: item.variant }), reason: 'what was found' },
  }
  return {
    ...item, harm, stillLocked,
    timeline: timelineOf(facts, harm),
    units: Object.fromEntries(Object.entries(exposed).map(([key, units]) => [key, { atDecision: entry.freshness?.units[key]?.exposed ?? null, exposed: units }])),
    verdicts: entry.verdicts ?? null,
    evidence: entry.evidence,
    servedSince: servedSince(facts),
    questions: questionsOf(facts, harm),
    sign: item.signature ? null : sign,
  }
}
