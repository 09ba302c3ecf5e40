import { html } from 'hono/html'
import type { Verdict } from '../../core/analyze/report.ts'
import { calibrationChart } from '../charts/calibration.ts'
import { chartFigure } from '../charts/figure.ts'
import type { Html } from '../layout.ts'
import { pill } from '../parts/pill.ts'
import { onHold, type Pill, pillOf } from '../pills.ts'

const of = (verdict: Verdict, role = 'decision'): Pill => pillOf(verdict, role)

/** Every pill, what it says, and what follows from it. */
const pills: readonly [pill: Pill, says: string, follows: string][] = [
  [of('PASS'), 'The whole range lies on the better side.', 'May be promoted, once every other condition is met.'],
  [of('FAIL'), 'Some other variant is better by more than the range leaves open.', 'May be stopped.'],
  [of('PASS', 'guardrail'), 'The worst plausible harm is less than you allow.', 'Nothing stands in the way of a promotion.'],
  [of('FAIL', 'guardrail'), 'Even the mildest plausible harm is more than you allow.', 'Stopped at once, where the policy says so.'],
  [of('INCONCLUSIVE'), 'The range still holds gain and loss alike.', 'Goes on. It says nothing about how small the effect is.'],
  [of('INSUFFICIENT'), 'Fewer units or less time than you asked for.', 'Goes on.'],
  [of('NO_TRAFFIC'), 'Nobody was assigned.', 'Held, until somebody is.'],
  [of('NO_OUTCOME'), 'Units were assigned, and nobody reported what became of them.', 'Held: silence is not a result.'],
  [of('ERROR'), 'It could not be computed, or the numbers contradict each other.', 'Held, and said on the overview.'],
  [onHold, 'The data cannot be trusted: units do not arrive in the planned shares, say.', 'Do not read the ranges yet.'],
]

/** How to read reports: for people who are not statisticians. */
export const howToRead = (): Html => html`
<h1>How to read a report</h1>
<p>A report says first what it found, then why, then what would change it. This page explains its words.</p>

<h2 id="ranges">Ranges</h2>
<p>“The true gain is plausibly 1 to 7 more per 100” means: with the data so far, gains smaller than 1 and larger than 7 per 100 users do not fit what was seen.
Everything in between does, and so the middle is no promise.</p>
<p>Across many experiments, such ranges stay right at least 95 % of the time, whenever you look. Every range is printed with its two ends, and with the control it compares to.</p>
<p>A range that holds zero does not say that two versions are alike: it says that more users are needed to tell. They are called practically the same only where you
declared the smallest effect that is worth your while, and the whole range is smaller than that.</p>

<h2 id="whenever">Whenever you look</h2>
<p>Ordinary intervals are right once, at an end that was planned. Looked at every day until something shows, they raise false alarms: in the runs below there was
nothing to find, and in almost half of them something was found. The ranges of these reports are always valid: you may look as often as you like, stop when you like, and go on when
you like. They are wider for that, at first; that is the price.</p>
${chartFigure(calibrationChart())}
<p>A chart of a report says “This band decides” where the rule uses the band that is drawn. Where a rule needs something else, the chart says what, and how much of it there is.</p>

<h2 id="verdicts">Verdicts</h2>
<table class="listed"><thead><tr><th scope="col">Pill</th><th scope="col">What it says</th><th scope="col">What follows</th></tr></thead>
<tbody>${pills.map(([one, says, follows]) => html`<tr><td>${pill(one)}</td><td data-label="Says">${says}</td><td data-label="Follows">${follows}</td></tr>`)}</tbody></table>
<p>Shape and word say it all; the colour only repeats them.</p>

<h2 id="guardrails">Guardrails</h2>
<p>A guardrail watches what must not get worse: slow replies, errors, cost. You declare how much harm you tolerate. The dashed line of a chart is that margin; the columns say
what is allowed, the worst that is plausible, and the room between the two. Harm needs less data to stop a version than a gain needs to promote one.</p>
<p>Where every unit should report, silence is a guardrail of its own: a version that crashes reports nothing, and that counts against it.</p>

<h2 id="best">The chance to be the best</h2>
<p>“P(best)” is the model's estimate of how often each version would come out first, given the data. A bandit moves traffic by it. The report says
whether it decides anything else; with most methods ranges and guardrails do. With little data it is close to equal shares, and it moves a lot.</p>

<h2 id="holds">Holds</h2>
<p>While something is wrong with the data, nothing is promoted and no traffic is moved. A hold names its reason: shares that are not as planned, silence, an alarm, a version in quarantine.
It is over by itself three looks after its cause. Harm is still stopped meanwhile.</p>
<p>Ignorance never harms a version, and never promotes one: a timer that runs out ends an experiment without a winner.</p>

<h2 id="decisions">Decisions</h2>
<p>Everything that was done, or held back, is an entry of the ledger: who or which rule, why, on which numbers, and how it is undone. Entries are chained by hashes, so that none can be changed
unseen. <b>Recompute</b> takes a decision again from what it was taken from, and shows whether it comes out the same.</p>

<h2 id="statisticians">For statisticians</h2>
<p>Ranges are confidence sequences, valid at every sample size at once; tests are one-sided toward promotion, each at α/(K − 1) for K variants, with the budget for wrong stops kept apart from the
one for wrong promotions. Shares in tables are in percentage points (pp); minus is “−”; times are UTC. p-values, e-values and levels are in the JSON of each report.</p>`
