import type { Verdict } from '../../core/analyze/report.ts'
import { count, decimal, percent, plural } from '../../core/describe/wording.ts'
import type { Source } from './source.ts'

export type Check = { check: string; name: string; verdict: Verdict; text: string; help: Help | null }
type Help = { meaning: string; held: string; causes: string; next: string }
export type Split = { key: string; observed: string; expected: string; share: string }
export type Health = {
  line: string
  /** Nothing is wrong; what has not begun is not wrong either. */
  sound: boolean
  failing: Check[]
  others: Check[]
  split: Split[]
  chance: string | null
  reports: { key: string; units: string; outcomes: string; rate: string }[]
}

const names: Record<string, string> = {
  split: 'Traffic split', traffic: 'Traffic', outcomes: 'Outcomes', late: 'Late outcomes', crossed: 'Crossed outcomes', exposures: 'Exposures', breaker: 'Breakers', fallback: 'Fallback', drift: 'Drift',
  duplicates: 'Repeated outcomes', rejected: 'Refused outcomes', freshness: 'Freshness', service: 'Service', drills: 'Drills',
}

const held = 'Every verdict, and everything that would promote or move traffic. A variant that does harm is still stopped.'
const help: Record<string, Help> = {
  split: {
    meaning: 'Who came is not who was sent: some were lost or counted twice on the way, and those are seldom like the others. Differences below may come from that alone.',
    held,
    causes: 'A variant that crashes before it reports its exposure, a redirect or cache before the assignment, bots that keep to one variant, or a client that assigns by itself.',
    next: 'Compare answers of /assign with exposures, variant by variant; mend it, then start a new experiment under another key.',
  },
  crossed: {
    meaning: 'Outcomes name another variant than their unit was given, so they are not counted.', held,
    causes: 'A token that is shared between users or cached, or an application that does not serve what it was told.',
    next: 'Send each outcome with the token of its own assignment.',
  },
  exposures: {
    meaning: 'Outcomes arrive of units whose exposure never did, so exposures get lost and the counts of the variants may lean.', held,
    causes: 'Processes that end before they have sent their exposures, or exposures that a network drops.',
    next: 'Let the client flush before it ends, and look at its log for refused exposures.',
  },
  breaker: {
    meaning: 'Calls of a variant failed so often that nobody gets it for now.', held,
    causes: 'Its endpoint fails or is too slow.', next: 'Look at the endpoint; it is tried again by itself.',
  },
  fallback: {
    meaning: 'The control serves nobody, so nothing new is learnt of it, and the others have nothing to be compared with.', held,
    causes: 'Somebody saw harm that no metric shows, and sent the action fallback.', next: 'When the control is well, let it back in: nothing else does.',
  },
  rejected: {
    meaning: 'Outcomes were refused, so they are missing from every number here. If one variant causes more of them, the variants are not compared fairly.',
    held: 'Nothing is held by this alone.',
    causes: 'An application that was changed without its metrics: measures that none reads, values beyond their bounds, ids sent again with another body.',
    next: 'Send one of them by hand and read the answer: it names what is wrong. The codes are explained under /docs.',
  },
  freshness: {
    meaning: 'Nothing has come for much longer than it used to take, so the numbers below are of then.', held: 'Nothing is held by this alone.',
    causes: 'An application that does not call /outcome any more, a queue that stands still, or no users.', next: 'Look at what sends outcomes, and send one by hand.',
  },
  service: {
    meaning: 'A part of the service is away; what it does is not done meanwhile. Assignments and outcomes go on.', held: 'What is said above.',
    causes: 'A process or server that was stopped, or that cannot be reached.', next: 'Run contender doctor, and look at /ready and the log of the service.',
  },
  drift: {
    meaning: 'Values are spread otherwise than in the first windows, so that what was learnt then may hold no more.',
    held: 'Everything that would promote or move traffic, until its windows are as they were. It stops no variant.',
    causes: 'With all variants alike: other users, other inputs, a change of the application. With one alone: its model, its endpoint, or what it is fed with.',
    next: 'Look at what changed at that time. If that is how it will stay, send the action acknowledge: what comes next is the new reference.',
  },
  traffic: {
    meaning: 'Nobody has been assigned yet, so there is nothing to compare.', held: 'Nothing: there is nothing to decide.',
    causes: 'The application does not call /assign yet, or its audience, layer or coverage lets nobody in.', next: 'Send one assignment by hand, and read its reason.',
  },
  outcomes: {
    meaning: 'Users are assigned, but nobody has reported what happened to them.', held: 'Nothing can be decided without outcomes.',
    causes: 'The application does not call /outcome, or its calls are refused.', next: 'Send one outcome by hand with the token of an assignment, and read the answer.',
  },
}

/** Chance of a split as uneven as this one, in words; under what cannot be written out, "less than …". */
export const chanceWords = (pValue: number | null): string | null => {
  if (pValue === null) return null
  return pValue < 0.0001 ? 'less than 1 in 10,000' : pValue >= 0.01 ? `${decimal(pValue * 100, pValue < 0.1 ? 1 : 0)} of 100` : `about 1 in ${count(1 / pValue)}`
}

/** What must be in order before numbers may be believed: the checks that failed with what to do, and those that passed. */
export const healthOf = ({ report, experiment }: Pick<Source, 'report' | 'experiment'>): Health => {
  const { health, sampleRatio, variants } = report
  const bad = (verdict: Verdict): boolean => verdict === 'FAIL' || verdict === 'ERROR'
  // of what has not begun, the first thing explains the others
  const missing = health.find(({ check, verdict }) => check !== 'split' && verdict.startsWith('NO_'))?.check
  const checks = health.map(({ check, verdict, text }): Check => ({ check, name: names[check] ?? check, verdict, text, help: bad(verdict) || check === missing ? (help[check] ?? null) : null }))
  const passed = checks.filter(({ verdict }) => verdict === 'PASS').length
  const total = sampleRatio.observed.reduce((sum, one) => sum + one, 0)
  return {
    line: `${passed} of ${checks.length} checks pass`,
    sound: passed === checks.length,
    failing: checks.filter(({ check, verdict }) => bad(verdict) || check === missing),
    others: checks.filter(({ check, verdict }) => !bad(verdict) && check !== missing),
    chance: chanceWords(sampleRatio.pValue),
    split: variants.map(({ key }, arm) => ({
      key, observed: count(sampleRatio.observed[arm] ?? 0), expected: count(sampleRatio.expected[arm] ?? 0),
      share: total > 0 ? `${decimal(((sampleRatio.observed[arm] ?? 0) / total) * 100, 1)} %` : '–',
    })),
    reports: variants.map(({ key, units, outcomes, reportRate }) => ({
      key, units: `${count(units)} ${plural(experiment.unit, units)}`, outcomes: count(outcomes),
      rate: reportRate === null ? '–' : percent(Math.round(reportRate * 1_000) / 1_000),
    })),
  }
}
