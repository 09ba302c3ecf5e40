import { assign, defineExperiment, outcome, scenario } from './setup.js'

export const options = {
  ...scenario,
  thresholds: { checks: ['rate==1'], 'http_req_duration{call:outcome}': ['p(99)<500'] },
}

export const setup = () => {
  defineExperiment()
  return Array.from({ length: 500 }, assign)
}

export default (tokens) => outcome(tokens[Math.floor(Math.random() * tokens.length)])
