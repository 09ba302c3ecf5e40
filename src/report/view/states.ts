import { missingWords } from '../../core/models/checks.ts'
import { count, minuteText, percent, plural } from '../../core/describe/wording.ts'
import type { LinkState } from '../../core/tell/views.ts'
import { controlKey, type Source } from './source.ts'

/** What an unusual state has to say first. */
export type Notice = { tone: 'quiet' | 'trouble'; text: string }

/** One link of the way from a request to a number on this page. */
export type LinkRow = { name: string; call: string; text: string; last: string | null; silent: boolean }

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0)

/** Which link is silent: the first that got nothing, whatever comes before it worked. */
export const linkRows = ({ answered, exposures, outcomes }: LinkState, { experiment }: Pick<Source, 'experiment'>): LinkRow[] => {
  const [seen, told] = [sum(exposures.units), sum(outcomes.counted)]
  const given = answered === null ? null : sum(answered)
  const silentArms = experiment.variants.filter((_, arm) => (exposures.units[arm] ?? 0) > 0 && (outcomes.counted[arm] ?? 0) === 0).map(({ key }) => key)
  const assignSilent = seen === 0 && (given ?? 0) === 0
  return [
    {
      name: 'Assignments', call: 'POST /assign', silent: assignSilent, last: null,
      text: given === null || given < seen ? 'How many were answered is not known here.' : given === 0 ? 'Nobody has asked yet.' : `${count(given)} ${plural('answer', given)} given.`,
    },
    {
      name: 'Exposures', call: 'sent with each assignment', silent: seen === 0 && !assignSilent, last: exposures.last,
      text: seen === 0 ? 'None has arrived.' : `${count(seen)} ${plural(experiment.unit, seen)} seen.`,
    },
    {
      name: 'Outcomes', call: 'POST /outcome', silent: seen > 0 && silentArms.length > 0, last: outcomes.last,
      text: told === 0 ? 'None has arrived.' : `${count(told)} ${plural('outcome', told)} counted${silentArms.length > 0 ? `; none of ${silentArms.join(' and ')}` : ''}.`,
    },
  ]
}

/** Commands that send one assignment and one outcome, to be copied. */
export const trialCommands = ({ experiment, origin, metrics }: Pick<Source, 'experiment' | 'origin' | 'metrics'>): string[] => {
  const first = experiment.metrics.map(({ metric }) => metrics.get(metric)?.measure).find((measure) => measure !== undefined) ?? 'measure'
  const send = (path: string, body: unknown): string => `curl -s ${origin}${path} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`
  return [
    send('/assign', { experiment: experiment.key, unit: `${experiment.unit}-1` }),
    send('/outcome', { experiment: experiment.key, unit: `${experiment.unit}-1`, measures: { [first]: 1 }, id: 'try-1' }),
  ]
}

export type DraftItem = { text: string; done: boolean; hint: string }

/** What a draft still lacks; nothing of it stops the start but what the API refuses. */
export const draftItems = ({ experiment, metrics }: Pick<Source, 'experiment' | 'metrics'>): DraftItem[] => {
  const has = (role: string): boolean => experiment.metrics.some((one) => one.role === role)
  const unnamed = experiment.metrics.filter(({ metric }) => metrics.get(metric)?.name === undefined).map(({ metric }) => metric)
  return [
    ...(experiment.missing ?? []).map((one) => ({ text: `${one.variant} may serve`, done: false, hint: `${missingWords(one)}; the start is refused until then` })),
    { text: 'A hypothesis', done: (experiment.hypothesis ?? '') !== '', hint: '`hypothesis`: what you expect, and why, before there is data' },
    { text: 'A metric that decides', done: has('decision'), hint: 'a metric with the role `decision`; without one nobody can win' },
    { text: 'A guardrail', done: has('guardrail'), hint: 'a metric with the role `guardrail` and the harm you tolerate, `margin`; without one harm is seen by nobody' },
    { text: 'A smallest effect worth having', done: experiment.metrics.some(({ smallestEffect }) => smallestEffect !== undefined), hint: '`smallestEffect` of the decision metric; without it nothing is ever called practically the same' },
    { text: 'Names for metrics', done: unnamed.length === 0, hint: `\`name\` of ${unnamed.join(', ')}: what reports call it` },
  ]
}

export const startCommand = ({ experiment, origin }: Pick<Source, 'experiment' | 'origin'>): string =>
  `curl -s ${origin}/api/experiments/${experiment.key}/actions -H 'content-type: application/json' -d '{"action":"start","reason":"…"}'`

/** What to know before anything else is read. */
export const noticesOf = ({ report, experiment }: Pick<Source, 'report' | 'experiment'>): Notice[] => {
  const control = controlKey(experiment)
  const notices: Notice[] = []
  if (report.state === 'paused') {
    notices.push({ tone: 'quiet', text: experiment.policy.onPause === 'control' ? `Paused: everyone gets ${control} until somebody resumes.` : 'Paused: traffic stays as it is, and nothing is promoted until somebody resumes.' })
  }
  const { bake, stage } = report
  if (stage && (report.state === 'running' || report.state === 'paused')) {
    notices.push({ tone: 'quiet', text: `At ${stage.words}${stage.since === null ? '' : `, since ${minuteText(new Date(stage.since))}`}: ${percent(stage.coverage)} of the ${plural(experiment.unit, 2)} take part.` })
  }
  if (report.state === 'baking' && bake) notices.push({ tone: 'quiet', text: `Baking: ${count(bake.units)} of ${count(bake.needed)} ${plural(experiment.unit, 2)} so far. ${bake.control} keeps a small share, so that harm can still be seen beside it.` })
  return notices
}
