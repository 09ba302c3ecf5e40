import { bernoulli, exponential } from './draws.ts'

/** How a simulated version behaves: wins of 100, mean cost of an answer in USD, mean latency in ms. */
type Behaviour = { version: string; wins: number; costUsd: number; latencyMs: number }

/** Four versions of one assistant: one better, one slow, one dearer for nothing. Gemma is the control. */
export const versions: Record<string, Behaviour> = {
  gemma: { version: '1', wins: 51, costUsd: 0.0021, latencyMs: 420 },
  qwen: { version: '2', wins: 58, costUsd: 0.0024, latencyMs: 430 },
  llama: { version: '3', wins: 52, costUsd: 0.0043, latencyMs: 425 },
  phi: { version: '4', wins: 51, costUsd: 0.0009, latencyMs: 600 },
}

export const days = 14
/** Hours between two looks of the engine; the clock jumps by as much. */
export const stepHours = 6
export const usersPerStep = 480

export const model = { key: 'assistant', description: 'The assistant of the demo', unit: 'user' }

export const metrics = [
  { key: 'preferred', name: 'answers preferred', kind: 'conversion', measure: 'preferred', direction: 'increase' },
  { key: 'slow-replies', name: 'slow replies', kind: 'mean', measure: 'latency_ms', direction: 'decrease', threshold: { above: 800 } },
  { key: 'cost', name: 'cost of an answer', kind: 'mean', measure: 'cost_usd', direction: 'decrease', cap: 0.1 },
]

export const experiment = {
  key: 'assistant-7b',
  model: 'assistant',
  hypothesis: 'A newer model is preferred more often, and is not slower',
  salt: 'demo',
  variants: Object.entries(versions).map(([key, { version }]) => ({
    key,
    version,
    payload: { endpoint: `https://models.example/${key}` },
    ...(key === 'gemma' ? { control: true } : {}),
  })),
  metrics: [
    { metric: 'preferred', role: 'decision', smallestEffect: 0.03 },
    { metric: 'slow-replies', role: 'guardrail', margin: 0.03 },
    { metric: 'cost', role: 'diagnostic' },
  ],
  stages: [{ allocation: 'bandit', algorithm: 'thompson', floor: 0.15, maxStep: 0.15, interval: 'PT12H' }],
  policy: { minUnits: 1_000, minDuration: 'P3D', maxDuration: `P${days}D`, plannedUnits: 8_000 },
}

/** What one answer of a version brings, drawn with `random` in [0, 1). */
export const outcomeOf = (key: string, random: () => number): Record<string, number> => {
  const behaviour = versions[key]
  if (!behaviour) throw new RangeError(`the demo knows no version ${key}`)
  return {
    preferred: bernoulli(behaviour.wins / 100, random),
    cost_usd: Math.min(0.1, behaviour.costUsd * (0.5 + exponential(0.5, random))),
    latency_ms: Math.round(behaviour.latencyMs * (0.6 + exponential(0.4, random))),
  }
}
