import { dimensionsOf } from '../../assign/context.ts'
import type { BanditStage, CreateExperiment } from '../define/definitions.ts'

type Report = (path: string, message: string) => void

const mostFeatures = 24
/** More would make an assignment cost more than an answer may. */
const mostVariants = 10

/** What is wrong with the context of a bandit stage, and with what it needs of the rest of the definition. */
export const checkContext = (definition: CreateExperiment, { algorithm, context }: BanditStage, at: string, report: Report): void => {
  if (algorithm !== 'contextual') {
    if (context !== undefined) report(`${at}.context`, `is for the algorithm contextual; this is ${algorithm}`)
    return
  }
  const { variants, stages, segments, policy } = definition
  if (context === undefined || dimensionsOf(context) === 1) {
    return report(`${at}.context`, 'a contextual bandit needs the attributes it looks at: `numeric` or `categorical` ones')
  }
  const features = dimensionsOf(context)
  if (features > mostFeatures) report(`${at}.context`, `makes ${features} features, at most ${mostFeatures} can be learnt`)
  if (variants.length > mostVariants) report('variants', `a contextual bandit has at most ${mostVariants}, this are ${variants.length}`)
  if (stages.filter((stage) => stage.allocation === 'bandit' && stage.algorithm === 'contextual').length > 1) {
    report(`${at}.algorithm`, 'only one stage can be contextual')
  }
  const names = [...context.numeric, ...context.categorical].map(({ attribute }) => attribute)
  for (const [kind, list] of Object.entries({ numeric: context.numeric, categorical: context.categorical })) {
    list.forEach(({ attribute }, index) => {
      const place = kind === 'numeric' ? index : context.numeric.length + index
      if (names.indexOf(attribute) < place) report(`${at}.context.${kind}[${index}].attribute`, `"${attribute}" is there already`)
    })
  }
  context.numeric.forEach(({ min, max, center }, index) => {
    if (min !== undefined && max !== undefined && min >= max) report(`${at}.context.numeric[${index}].min`, `must be below max, ${max}`)
    else if (center < (min ?? -Infinity) || center > (max ?? Infinity)) report(`${at}.context.numeric[${index}].center`, 'must lie between min and max')
  })
  context.categorical.forEach(({ values }, index) => values.forEach((value, place) => {
    if (values.indexOf(value) < place) report(`${at}.context.categorical[${index}].values[${place}]`, `"${value}" is there already`)
  }))
  if (policy.method !== 'sequential') report('policy.method', `units of a contextual bandit have a chance each of their own, which ${policy.method} cannot weigh: take sequential`)
  if (segments?.length) report('segments', 'cannot be compared yet where a contextual bandit gives each unit a chance of its own')
}
