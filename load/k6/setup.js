import { check, fail } from 'k6'
import http from 'k6/http'

export const base = __ENV.CONTENDER_URL || 'http://127.0.0.1:3000'
const key = __ENV.CONTENDER_KEY
const headers = { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) }

export const post = (path, body, tags) => http.post(`${base}${path}`, JSON.stringify(body), { headers, tags })

const define = (path, body) => {
  const answer = post(path, body)
  if (answer.status !== 201 && answer.status !== 409) fail(`${path} answered ${answer.status}: ${answer.body}`)
}

/** A model with two versions and a running experiment; whatever exists already is used as it is. */
export const defineExperiment = () => {
  define('/api/models', { key: 'load' })
  for (const version of ['1', '2']) define('/api/models/load/versions', { version, payload: { endpoint: `https://models.example/${version}` } })
  define('/api/metrics', { key: 'load-win', kind: 'conversion', measure: 'win', direction: 'increase' })
  define('/api/metrics', { key: 'load-latency', kind: 'mean', measure: 'latency_ms', direction: 'decrease', cap: 10000 })
  define('/api/experiments', {
    key: 'load',
    model: 'load',
    unguarded: true,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
    metrics: [{ metric: 'load-win', role: 'decision' }, { metric: 'load-latency', role: 'diagnostic' }],
    stages: [{ allocation: 'fixed' }],
    policy: { mode: 'observe' },
  })
  const started = post('/api/experiments/load/actions', { action: 'start', reason: 'load test' })
  if (started.status !== 200 && started.status !== 409) fail(`start answered ${started.status}: ${started.body}`)
}

/** A unit that comes back: one of `size`, so that exposures repeat as they do in life. */
export const returningUnit = (size = 10000) => `user-${Math.floor(Math.random() * size)}`

export const assign = () => {
  const answer = post('/assign', { experiment: 'load', unit: returningUnit() }, { call: 'assign' })
  check(answer, { 'assign answers 200': (r) => r.status === 200, 'assign names a variant': (r) => ['a', 'b'].includes(r.json('variant')) })
  return answer.json('token')
}

export const outcome = (token) => {
  const body = { token, id: `${__VU}-${__ITER}-${Date.now()}`, measures: { win: Math.random() < 0.5, latency_ms: 200 + 400 * Math.random() } }
  const answer = post('/outcome', body, { call: 'outcome' })
  check(answer, { 'outcome answers 200': (r) => r.status === 200, 'outcome counts once': (r) => r.json('accepted') === 1 })
}

/** `CONTENDER_LOAD=smoke` is a short run for CI; the default is half a minute at 64 connections. */
export const scenario = __ENV.CONTENDER_LOAD === 'smoke' ? { vus: 8, duration: '5s' } : { vus: 64, duration: '30s' }
