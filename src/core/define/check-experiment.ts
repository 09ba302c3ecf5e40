import type { Json } from '../../assign/snapshot.ts'
import type { Violation } from '../../errors.ts'
import { isBandit } from './bandit-stage.ts'
import { checkBandits } from './check-bandit.ts'
import { suggestion } from './closest.ts'
import type { CreateExperiment, ExperimentMetric, MetricDefinition, Stage } from './definitions.ts'
import { requireDurationMs } from './duration.ts'
import { checkStages, checkStepAudiences } from './check-stages.ts'
import { isTimeZone } from './freeze-windows.ts'
import { isBinary } from './metric-nature.ts'
import { weightsOf } from '../decide/position.ts'

/** What a definition may refer to. */
export type Known = {
  metrics: ReadonlyMap<string, MetricDefinition>
  /** Versions of the experiment's model. */
  versions: ReadonlySet<string>
}

/** What is wrong with an audience rule, paths beginning with `path`; handed in, because core knows no rule language. */
export type ValidateRule = (rule: Json, path: string) => Violation[]

type Report = (path: string, message: string) => void

/**
 * Everything that is wrong with an experiment beyond its shape: what contradicts itself, and what it names that does
 * not exist. Empty when it may start. Paths as the caller sent them, `metrics[0].margin`.
 */
export const checkExperiment = (definition: CreateExperiment, known: Known, validateRule: ValidateRule): Violation[] => {
  const violations: Violation[] = []
  const report: Report = (path, message) => void violations.push({ path, message })
  checkVariants(definition, known, report)
  checkFallbacks(definition, known, report)
  checkMetrics(definition, known, report)
  checkStages(definition, report)
  checkTimes(definition, report)
  checkNext(definition, report)
  checkFreeze(definition, report)
  checkObserved(definition, known, report)
  checkTraffic(definition, report)
  checkSignals(definition, report)
  checkDrift(definition, report)
  checkBandits(definition, report)
  checkMethod(definition, known, report)
  if (definition.audience !== undefined) violations.push(...validateRule(definition.audience, 'audience'))
  violations.push(...checkStepAudiences(definition, validateRule))
  return violations
}

/** Tell each value that came before, with its index. */
const eachRepeated = (values: readonly string[], tell: (index: number, value: string) => void): void => {
  values.forEach((value, index) => {
    if (values.indexOf(value) < index) tell(index, value)
  })
}

const checkVariants = ({ variants, model }: CreateExperiment, { versions }: Known, report: Report): void => {
  const controls = variants.filter((variant) => variant.control === true).length
  if (controls !== 1) {
    report('variants', `exactly one must have \`control: true\`: the one the others are compared with; found ${controls || 'none'}`)
  }
  eachRepeated(variants.map(({ key }) => key), (index, key) => report(`variants[${index}].key`, `"${key}" is there already`))
  variants.forEach(({ version }, index) => {
    if (versions.has(version)) return
    report(`variants[${index}].version`, `model "${model}" has no version "${version}"${suggestion(version, versions)}`)
  })
}

const checkFallbacks = ({ fallbacks = [], variants, model }: CreateExperiment, { versions }: Known, report: Report): void => {
  const control = variants.find((variant) => variant.control)?.version
  fallbacks.forEach((version, index) => {
    const at = `fallbacks[${index}]`
    if (!versions.has(version)) report(at, `model "${model}" has no version "${version}"${suggestion(version, versions)}`)
    else if (version === control) report(at, `"${version}" is what the control serves, and cannot stand in for it`)
  })
  eachRepeated(fallbacks, (index, version) => report(`fallbacks[${index}]`, `"${version}" is there already`))
}

const isGuarded = ({ margin, relativeMargin, limit }: ExperimentMetric): boolean =>
  margin !== undefined || relativeMargin !== undefined || limit !== undefined

const checkMetrics = ({ metrics, unguarded, segments = [] }: CreateExperiment, known: Known, report: Report): void => {
  metrics.forEach((metric, index) => {
    const at = `metrics[${index}]`
    if (!known.metrics.has(metric.metric)) {
      report(`${at}.metric`, `there is no metric "${metric.metric}"${suggestion(metric.metric, known.metrics.keys())}`)
    }
    if (metric.role === 'guardrail' && !isGuarded(metric)) {
      report(`${at}.margin`, 'a guardrail needs the harm you tolerate: `margin`, `relativeMargin`, or an absolute `limit`')
    }
    checkWorstSegment(metric, at, segments, known, report)
    if (metric.breaker) checkBreaker(metric, `${at}.breaker`, known, report)
    if (metric.margin !== undefined && metric.relativeMargin !== undefined) {
      report(`${at}.relativeMargin`, 'give `margin` or `relativeMargin`, not both')
    }
  })
  eachRepeated(metrics.map(({ metric }) => metric), (index, key) => report(`metrics[${index}].metric`, `"${key}" is there already`))
  if (!unguarded && !metrics.some(({ role }) => role === 'guardrail')) {
    report('metrics', 'needs a metric with `role: "guardrail"`, or `unguarded: true` to go without')
  }
}

/** What is judged by the values of a segment: a margin, over sums that segments keep. */
const checkWorstSegment = (
  { metric, role, worstSegment, margin, relativeMargin }: ExperimentMetric, at: string, segments: readonly string[], known: Known, report: Report,
): void => {
  if (worstSegment === undefined) return
  const path = `${at}.worstSegment`
  if (role !== 'guardrail' || (margin === undefined && relativeMargin === undefined)) report(path, 'is for guardrails with a `margin` or `relativeMargin`')
  else if (!segments.includes(worstSegment)) report(path, `"${worstSegment}" is none of \`segments\`${suggestion(worstSegment, segments)}`)
  else if (known.metrics.get(metric)?.kind === 'quantile') report(path, 'segments keep no quantiles; take a share beyond a threshold')
}

/** A breaker needs to know of each call whether it failed. */
const checkBreaker = ({ metric }: ExperimentMetric, at: string, known: Known, report: Report): void => {
  const found = known.metrics.get(metric)
  if (!found) return
  if (found.measure === undefined) {
    report(at, `needs a metric of one measure; "${metric}" is made of several`)
  } else if (!isBinary(found)) {
    report(at, `needs a metric of 0 and 1: a conversion, or a mean with a threshold; "${metric}" is a ${found.kind}`)
  } else if (found.direction !== 'decrease') {
    report(at, `needs a metric that counts failures, with \`direction: "decrease"\`; "${metric}" is to increase`)
  }
}

/** What is asked about units before their exposure. */
const checkObserved = ({ metrics, segments = [], stages, stickiness }: CreateExperiment, known: Known, report: Report): void => {
  const moving = stages.some(({ allocation }) => (allocation as string) === 'bandit')
  metrics.forEach(({ metric }, index) => {
    if (moving && known.metrics.get(metric)?.kind === 'quantile') {
      report(`metrics[${index}].metric`, 'quantiles of epochs with other weights do not add up, so a bandit can have none; take a share beyond a threshold')
    }
  })
  metrics.forEach(({ metric, covariate }, index) => {
    if (covariate === undefined) return
    const at = `metrics[${index}].covariate`
    if (known.metrics.get(metric)?.kind === 'quantile') report(at, 'a quantile cannot be adjusted; take a mean or a total')
    if ('history' in covariate && stickiness === 'none') report(at, 'with stickiness `none` no unit returns, so none has a history')
  })
  eachRepeated(segments, (index, name) => report(`segments[${index}]`, `"${name}" is there already`))
  if (segments.length > 0 && metrics.length === 0) report('segments', 'break metrics down, and this experiment has none')
}

/** What the method of the policy needs, and what only another method has. */
const checkMethod = ({ policy, window, metrics, stages }: CreateExperiment, known: Known, report: Report): void => {
  const { method, looks, spending, plannedDuration, maxDuration } = policy
  if (method === 'exact') {
    if (requireDurationMs(window) === 0) {
      report('window', 'the method exact needs a window longer than nothing: each epoch is judged once, when its outcomes are all in')
    }
    metrics.forEach(({ metric, role }, index) => {
      const found = known.metrics.get(metric)
      if (role !== 'decision' || !found || isBinary(found)) return
      report(
        `metrics[${index}].metric`,
        `the method exact decides on 0 and 1 alone: "${metric}" is a ${found.kind}${found.kind === 'mean' ? ' without a threshold' : ''}`,
      )
    })
  }
  if ((method === 'group-sequential' || method === 'fixed') && stages.some(isBandit)) {
    report('policy.method', 'planned looks need fixed weights: with a bandit stage take sequential')
  }
  if (method !== 'group-sequential') {
    if (looks !== undefined) report('policy.looks', `are for the method group-sequential; this is ${method}`)
    if (spending !== undefined) report('policy.spending', `is for the method group-sequential; this is ${method}`)
  }
  if (Array.isArray(looks)) {
    if (looks.some((fraction, index) => index > 0 && fraction <= (looks[index - 1] ?? 0))) report('policy.looks', 'must ascend')
    if (looks.at(-1) !== 1) report('policy.looks', 'must end with 1, the look at all planned units')
  }
  if (plannedDuration === undefined) return
  if (method !== 'fixed') report('policy.plannedDuration', `is for the method fixed; this is ${method}`)
  if (requireDurationMs(plannedDuration) >= requireDurationMs(maxDuration)) {
    report('policy.plannedDuration', `must be shorter than maxDuration, ${maxDuration}, which ends the experiment`)
  }
}

/** The variant that waits for the others to do harm. */
const checkNext = ({ policy: { onHarm, next }, variants, stages }: CreateExperiment, report: Report): void => {
  if (next === undefined) return
  const keys = variants.map(({ key }) => key)
  if (onHarm !== 'roll-through') return report('policy.next', `is for \`onHarm: "roll-through"\`; this is ${onHarm}`)
  if (!keys.includes(next)) return report('policy.next', `there is no variant "${next}"${suggestion(next, keys)}`)
  if (variants.some(({ key, control }) => key === next && control)) return report('policy.next', `"${next}" is the control, to which a rollback leads`)
  if (keys.length < 3) return report('policy.next', 'needs another candidate, whose harm it waits for')
  const waits = (stage: Stage): boolean => stage.allocation === 'switch' || stage.allocation === 'shadow' || weightsOf(stage)?.[next] === 0
  if (!stages.every(waits)) report('policy.next', `"${next}" waits for the traffic of the others: give it a weight of 0`)
}

/** Drills more often than this would never end. */
const shortestDrillsMs = 3_600_000

const checkTimes = ({ policy, window, reportBy, epochLength }: CreateExperiment, report: Report): void => {
  if (requireDurationMs(policy.minDuration) > requireDurationMs(policy.maxDuration)) {
    report('policy.minDuration', `must not be longer than maxDuration, ${policy.maxDuration}`)
  }
  if (requireDurationMs(policy.maxDuration) === 0) report('policy.maxDuration', 'must be longer than nothing')
  if (policy.drills && requireDurationMs(policy.drills.every) < shortestDrillsMs) report('policy.drills.every', 'must be at least PT1H: a drill takes minutes')
  if (requireDurationMs(epochLength) === 0) report('epochLength', 'must be longer than nothing')
  const windowMs = requireDurationMs(window)
  if (reportBy !== undefined && requireDurationMs(reportBy) === 0) report('reportBy', 'must be longer than nothing: no unit reports at once')
  if (reportBy !== undefined && windowMs > 0 && requireDurationMs(reportBy) > windowMs) {
    report('reportBy', `must not be longer than the window, ${window}: later outcomes do not count`)
  }
}

const checkFreeze = ({ policy: { freeze = [] } }: CreateExperiment, report: Report): void => {
  freeze.forEach((window, index) => {
    const at = `policy.freeze[${index}]`
    if (!('days' in window)) {
      if (Date.parse(window.from) >= Date.parse(window.to)) report(`${at}.to`, `must be after \`from\`, ${window.from}`)
      return
    }
    if (window.from === window.to) report(`${at}.to`, 'must differ from `from`; a whole day is 00:00 to 24:00')
    if (!isTimeZone(window.timeZone)) report(`${at}.timeZone`, `there is no time zone "${window.timeZone}"; expected a name like Europe/Berlin`)
  })
}

const checkSignals = ({ signals = [], variants }: CreateExperiment, report: Report): void => {
  const keys = variants.map(({ key }) => key)
  signals.forEach(({ variant, staleAfter }, index) => {
    if (variant !== undefined && !keys.includes(variant)) report(`signals[${index}].variant`, `there is no variant "${variant}"${suggestion(variant, keys)}`)
    if (staleAfter !== undefined && requireDurationMs(staleAfter) === 0) report(`signals[${index}].staleAfter`, 'must be longer than nothing')
  })
  const named = signals.map(({ name, variant }) => (variant === undefined ? name : `${name} of ${variant}`))
  eachRepeated(named, (index, name) => report(`signals[${index}].name`, `"${name}" is there already`))
}

const checkDrift = ({ drift = [] }: CreateExperiment, report: Report): void =>
  eachRepeated(drift.map(({ measure }) => measure), (index, measure) => report(`drift[${index}].measure`, `"${measure}" is there already`))

const checkTraffic = ({ layer, overrides, variants }: CreateExperiment, report: Report): void => {
  if (layer && layer.from >= layer.to) report('layer.from', `must be below \`to\`, ${layer.to}`)
  const keys = variants.map(({ key }) => key)
  for (const variant of new Set(Object.values(overrides ?? {}))) {
    if (!keys.includes(variant)) report('overrides', `there is no variant "${variant}"${suggestion(variant, keys)}`)
  }
}
