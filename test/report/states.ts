import { seededRandom } from '../../stats/random.ts'
import { createMovableClock } from '../../src/entry/demo/clock.ts'
import type { Pool } from '../../src/store/connect.ts'
import { look } from '../support/look.ts'
import { addCells, type Cell, conversions } from '../support/experiment-rows.ts'
import { startApp, type TestApp } from '../http/support.ts'

/** Key of the experiment that is in each state. */
export const states = {
  better: 'assistant-7b', undecided: 'undecided', early: 'early', draft: 'drafted', silent: 'silent', mute: 'mute', uneven: 'uneven', culled: 'culled',
  rolledBack: 'rolled-back', paused: 'paused', baking: 'baking', promoted: 'promoted', killed: 'killed', inconclusive: 'inconclusive', bandit: 'bandit', segmented: 'segmented',
} as const

/** What somebody might write into a field to see whether pages run it. */
export const script = '<script>document.title = "run"</script>'

export type StatesApp = TestApp & { pool: Pool; advance(hours: number): Promise<void> }

const arms = ['gemma', 'qwen', 'llama', 'phi']

/** Rates of one arm: how often of each conversion, and the mean cost. */
type Rates = { win: number; slow: number; cost?: number; part?: number; reports?: boolean }

const metrics = [
  { key: 'win', name: 'answers preferred', kind: 'conversion', measure: 'win', direction: 'increase' },
  { key: 'slow', name: 'slow replies', kind: 'conversion', measure: 'slow', direction: 'decrease' },
  { key: 'cost', kind: 'mean', measure: 'cost_cents', direction: 'decrease', min: 0, max: 100, reports: 'event' },
  { key: 'latency', name: '95th percentile of latency', kind: 'quantile', measure: 'latency_ms', direction: 'decrease', quantile: 0.95, reports: 'event' },
  { key: 'typical', name: 'median latency', kind: 'quantile', measure: 'latency_ms', direction: 'decrease', quantile: 0.5, reports: 'event' },
]

const definitionOf = (key: string, count: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  key, model: key, hypothesis: 'A newer model is preferred more often', salt: key,
  variants: arms.slice(0, count).map((name, arm) => ({ key: name, version: String(arm + 1), ...(arm === 0 ? { control: true } : {}) })),
  metrics: [
    { metric: 'win', role: 'decision', smallestEffect: 0.01 },
    { metric: 'slow', role: 'guardrail', margin: 0.02 },
    { metric: 'cost', role: 'diagnostic' },
  ],
  stages: [{ allocation: 'fixed' }],
  ...more,
})

const cellsOf = (arm: number, units: number, { win, slow, cost = 2, part = 1, reports = true }: Rates, wobble: number): Cell[] => {
  const own = Math.round(units * part)
  if (!reports) return [{ variant: arm, metric: 0, n: own, sx: 0, sy: 0, sxx: 0, sxy: 0, syy: 0 }]
  const happened = (rate: number, sign: number): number => Math.max(0, Math.min(own, Math.round(own * rate + sign * wobble * Math.sqrt(own * rate * (1 - rate)))))
  const sum = own * cost
  return [
    ...conversions(arm, own, happened(win, arm % 2 === 0 ? 1 : -1), happened(slow, -1)),
    { variant: arm, metric: 3, n: own, sx: sum, sy: own, sxx: own * (cost ** 2 + 1), sxy: sum, syy: own },
  ]
}

type Plan = { key: string; arms: number; units: number; rates: Rates[]; until?: number; more?: Record<string, unknown> }

const even = [{ win: 0.512, slow: 0.08 }, { win: 0.514, slow: 0.078 }]
const clear = [{ win: 0.512, slow: 0.08 }, { win: 0.563, slow: 0.076 }]
const policy = (more: Record<string, unknown>): { policy: Record<string, unknown> } => ({ policy: { minUnits: 1_000, ...more } })

const plans: Plan[] = [
  {
    key: states.better, arms: 3, units: 300, rates: [{ win: 0.512, slow: 0.08, cost: 2.1 }, { win: 0.557, slow: 0.076, cost: 2.4 }, { win: 0.521, slow: 0.082, cost: 2 }],
    more: { hypothesis: `A newer model is preferred ${script}`, ...policy({ mode: 'recommend' }) },
  },
  { key: states.undecided, arms: 2, units: 120, rates: even },
  { key: states.early, arms: 2, units: 4, rates: even },
  { key: states.silent, arms: 2, units: 0, rates: even },
  { key: states.mute, arms: 2, units: 20, rates: [{ win: 0.5, slow: 0.08 }, { win: 0.5, slow: 0.08, reports: false }], more: policy({ autoKill: false }) },
  { key: states.uneven, arms: 2, units: 300, rates: [{ win: 0.512, slow: 0.08 }, { win: 0.563, slow: 0.076, part: 0.88 }] },
  { key: states.culled, arms: 3, units: 300, rates: [{ win: 0.51, slow: 0.08 }, { win: 0.52, slow: 0.08 }, { win: 0.51, slow: 0.16 }] },
  { key: states.rolledBack, arms: 2, units: 300, rates: [{ win: 0.51, slow: 0.08 }, { win: 0.52, slow: 0.14 }] },
  { key: states.paused, arms: 2, units: 120, rates: even },
  { key: states.baking, arms: 2, units: 500, rates: clear, more: policy({ minDuration: 'PT12H', bake: { units: 200_000, keep: 0.05 } }) },
  { key: states.promoted, arms: 2, units: 500, rates: clear, more: policy({ minDuration: 'PT12H' }) },
  { key: states.killed, arms: 2, units: 120, rates: even },
  { key: states.inconclusive, arms: 2, units: 120, rates: even, more: policy({ maxDuration: 'P2D' }) },
  { key: states.bandit, arms: 4, units: 200, rates: [{ win: 0.5, slow: 0.08 }, { win: 0.58, slow: 0.08 }, { win: 0.5, slow: 0.08 }, { win: 0.42, slow: 0.08 }], more: { stages: [{ allocation: 'bandit', minOutcomes: 100 }] } },
]

const define = async ({ must }: TestApp, wanted: (key: string) => boolean): Promise<void> => {
  for (const metric of metrics) await must('POST', '/api/metrics', metric)
  const create = async (key: string, count: number, more?: Record<string, unknown>): Promise<void> => {
    await must('POST', '/api/models', { key })
    for (let arm = 0; arm < count; arm++) await must('POST', `/api/models/${key}/versions`, { version: String(arm + 1), payload: { endpoint: `https://models.example/${arms[arm]}`, note: script } })
    await must('POST', '/api/experiments', definitionOf(key, count, more))
  }
  for (const { key, arms: count, more } of plans.filter((plan) => wanted(plan.key))) {
    await create(key, count, more)
    await must('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'the newer models are ready' })
  }
  if (wanted(states.draft)) await create(states.draft, 2, { hypothesis: undefined, unguarded: true, metrics: [{ metric: 'win', role: 'decision' }] })
  if (!wanted(states.segmented)) return
  await create(states.segmented, 2, {
    segments: ['country'],
    metrics: [
      { metric: 'win', role: 'decision', smallestEffect: 0.01 }, { metric: 'slow', role: 'guardrail', margin: 0.02, worstSegment: 'country' },
      { metric: 'latency', role: 'guardrail', margin: 200 }, { metric: 'typical', role: 'diagnostic' },
    ],
  })
  await must('POST', `/api/experiments/${states.segmented}/actions`, { action: 'start', reason: 'the newer models are ready' })
}

/** Sent again while a busy machine does not answer in time: nothing counts twice. */
const insist = async ({ call }: TestApp, path: string, body: unknown): Promise<Record<string, unknown>> => {
  for (;;) {
    const answer = await call('POST', path, body)
    if (answer.status < 300) return answer.body
    if (answer.status !== 503) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`)
  }
}

const reportSegments = async (app: TestApp): Promise<void> => {
  const requests = Array.from({ length: 400 }, (_, index) => ({ experiment: states.segmented, unit: `u-${index}`, attributes: { country: ['de', 'fr', 'us'][index % 3] } }))
  const { results } = (await insist(app, '/assign/batch', { requests })) as { results: { token: string; variant: string }[] }
  const random = seededRandom(11)
  const outcomes = results.map(({ token, variant }, index) => ({
    token, id: `o-${index}`,
    measures: { win: index % 2 === 0, slow: index % 13 === 0, latency_ms: Math.round((variant === 'gemma' ? 400 : 340) * Math.exp(0.5 * random.normal())) },
  }))
  for (let from = 0; from < outcomes.length; from += 100) await insist(app, '/outcome/batch', { outcomes: outcomes.slice(from, from + 100) })
}

const place = async (pool: Pool, key: string): Promise<{ scope: number; epoch: number; state: string; weights: number[] }> => {
  const [row] = await pool.run((sql) => sql<{ scope: number; epoch: number; state: string; weights: number[] }[]>`
    select e.scope, e.epoch, e.state, p.weights from experiments e join epochs p on p.experiment = e.id and p.epoch = e.epoch where e.key = ${key}`)
  if (!row) throw new Error(`no experiment ${key}`)
  return row
}

/** Units of one step, split as the weights say. */
const arrive = async (pool: Pool, { key, units, rates }: Plan, wobble: number): Promise<void> => {
  const { scope, epoch, state, weights } = await place(pool, key)
  if (units === 0 || (state !== 'running' && state !== 'baking')) return
  const shares = state === 'baking' ? [0.05, 0.05] : weights
  const cells = rates.flatMap((rate, arm) => ((shares[arm] ?? 0) > 0 ? cellsOf(arm, Math.round(units * rates.length * (shares[arm] ?? 0)), rate, wobble) : []))
  const rest: Cell[] = state === 'baking' ? cellsOf(1, Math.round(units * 1.8), rates[1] ?? { win: 0.5, slow: 0.1 }, wobble).map((cell) => ({ ...cell, variant: 2 })) : []
  await addCells(pool, scope, [...cells, ...rest].map((cell) => ({ ...cell, epoch })))
}

/**
 * One service with an experiment in every state a report can show, after some days of traffic that an engine looked at
 * every few hours. Its clock only moves when told.
 *
 * @param only the states that are needed; all unless told
 */
export const startStates = async (environment: Record<string, string> = {}, steps = 24, only: readonly string[] = []): Promise<StatesApp> => {
  const wanted = (key: string): boolean => only.length === 0 || only.includes(key)
  const clock = createMovableClock()
  const app = await startApp(environment, clock.now)
  const pool = app.service.database.engine
  const advance = async (hours: number): Promise<void> => clock.advance(app.service.database, hours * 3_600_000)
  await define(app, wanted)
  if (wanted(states.segmented)) await reportSegments(app)
  const act = (key: string, action: string, reason: string) => app.must('POST', `/api/experiments/${key}/actions`, { action, reason })
  for (let step = 0; step < steps; step++) {
    const wobble = Math.sin(step * 1.7) * 0.6
    for (const plan of plans.filter(({ key }) => wanted(key))) await arrive(pool, plan, wobble)
    await advance(5)
    await look(pool)
    if (step === Math.floor(steps / 2)) {
      if (wanted(states.paused)) await act(states.paused, 'pause', 'a holiday')
      if (wanted(states.killed)) await act(states.killed, 'emergency-stop', 'answers in the wrong language')
    }
  }
  return { ...app, pool, advance }
}
