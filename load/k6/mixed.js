import { assign, defineExperiment, outcome, scenario } from './setup.js'

export const options = {
  ...scenario,
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{call:assign}': ['p(99)<250'],
    'http_req_duration{call:outcome}': ['p(99)<500'],
  },
}

export const setup = () => defineExperiment()

/** One life of a request: assigned, served, and four times in five reported. */
export default () => {
  const token = assign()
  if (Math.random() < 0.8) outcome(token)
}
