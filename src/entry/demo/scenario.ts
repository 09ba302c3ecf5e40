import { bernoulli, exponential } from './draws.ts'

/** How a simulated version behaves: wins of 100, mean cost of an answer in USD, mean latency in ms. */
type Behaviour = { version: string; wins: number; costUsd: number; latencyMs: number }

/** Four versions of one assistant: one better, one worse, one dearer for nothing. Gemma is the control. */
export const versions: Record<string, Behaviour> = {
  gemma: { version: '1', wins: 51, costUsd: 0.0021, latencyMs: 420 },
  qwen: { version: '2', wins: 58, costUsd: 0.0024, latencyMs: 450 },
  llama: { version: '3', wins: 51, costUsd: 0.0043, latencyMs: 610 },
  phi: { version: '4', wins: 41, costUsd: 0.0009, latencyMs: 260 },
}

export const days = 8
/** Hours between two looks of the engine; the clock jumps by as much. */
export const stepHours = 4
export const usersPerStep = 640

export const model = { key: 'assistant', description: 'The assistant of the demo', unit: 'user' }

export const metrics = [
  { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' },
  { key: 'cost', kind: 'mean', measure: 'cost_usd', direction: 'decrease', cap: 0.1 },
  { key: 'latency', kind: 'mean', measure: 'latency_ms', direction: 'decrease', cap: 10_000 },
]

export const experiment = {
  key: 'assistant-7b',
  model: 'assistant',
  hypothesis: 'A newer model is preferred more often',
  unguarded: true,
  salt: 'demo',
  variants: Object.entries(versions).map(([key, { version }]) => ({
    key,
    version,
    payload: { endpoint: `https://models.example/${key}` },
    ...(key === 'gemma' ? { control: true } : {}),
  })),
  metrics: [
    { metric: 'win', role: 'decision', smallestEffect: 0.04 },
    { metric: 'cost', role: 'diagnostic' },
    { metric: 'latency', role: 'diagnostic' },
  ],
  stages: [{ allocation: 'fixed', coverage: 1 }],
  policy: { minUnits: 1_000, minDuration: 'P2D', plannedUnits: 10_000 },
}

/** What one answer of a version brings, drawn with `random` in [0, 1). */
export const outcomeOf = (key: string, random: () => number): Record<string, number> => {
  const behaviour = versions[key]
  if (!behaviour) throw new RangeError(`the demo knows no version ${key}`)
  return {
    win: bernoulli(behaviour.wins / 100, random),
    cost_usd: Math.min(0.1, behaviour.costUsd * (0.5 + exponential(0.5, random))),
    latency_ms: Math.round(behaviour.latencyMs * (0.6 + exponential(0.4, random))),
  }
}
