import { assign, defineExperiment, scenario } from './setup.js'

export const options = {
  ...scenario,
  thresholds: { checks: ['rate==1'], 'http_req_duration{call:assign}': ['p(99)<250'] },
}

export const setup = () => defineExperiment()

export default () => assign()
