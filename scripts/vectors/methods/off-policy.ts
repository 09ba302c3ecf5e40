import { z } from 'zod'
import { type LoggedGroup, loggedMean, loggedWeights, policyBounds, policyValue } from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const Numbers = z.array(z.number())
const Log = z.object({
  reward: Numbers, propensity: Numbers, target: Numbers, model: Numbers, model_value: Numbers, alpha: z.number(),
})

const at = (list: readonly number[], index: number): number => list[index] ?? Number.NaN

const values: Adapter = (inputs) => {
  const log = Log.parse(inputs)
  const rows = log.reward.map((reward, index): LoggedGroup => ({
    n: 1, sum: reward, sumSquares: reward ** 2, propensity: at(log.propensity, index), target: at(log.target, index),
    model: at(log.model, index), modelValue: at(log.model_value, index),
  }))
  const ipw = policyValue(rows, 'ipw')
  const normalised = policyValue(rows, 'self-normalised')
  const robust = policyValue(rows, 'doubly-robust')
  const logged = loggedMean(rows)
  const weights = loggedWeights(rows)
  const told = {
    ipw: ipw?.estimate ?? null, ipw_se: ipw?.se ?? null, ipw_gain_se: ipw?.gain.se ?? null,
    self_normalised: normalised?.estimate ?? null, self_normalised_se: normalised?.se ?? null,
    self_normalised_gain: normalised?.gain.estimate ?? null, self_normalised_gain_se: normalised?.gain.se ?? null,
    doubly_robust: robust?.estimate ?? null, doubly_robust_se: robust?.se ?? null,
    doubly_robust_gain_se: robust?.gain.se ?? null,
    logged: logged?.estimate ?? null, logged_se: logged?.se ?? null,
    effective: weights.effective, mean_weight: weights.mean, weight_se: weights.se,
  }
  if (log.reward.some((reward) => reward < 0 || reward > 1)) return told
  return {
    ...told,
    ...policyBounds(rows.map(({ sum: reward, propensity, target }) => ({ reward, propensity, target })), log.alpha),
  }
}

export const offPolicy: Methods = [[/^off-policy value: IPW/, values]]
