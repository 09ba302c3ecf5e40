import type { Methods } from '../case.ts'
import { adaptive } from './adaptive.ts'
import { asymptoticCs } from './asymptotic-cs.ts'
import { bandits } from './bandits.ts'
import { bayes } from './bayes.ts'
import { changeDetection } from './change-detection.ts'
import { cuped } from './cuped.ts'
import { drift } from './drift.ts'
import { exact } from './exact.ts'
import { groupSequential } from './group-sequential.ts'
import { means } from './means.ts'
import { mixtures } from './mixtures.ts'
import { multiplicity } from './multiplicity.ts'
import { offPolicy } from './off-policy.ts'
import { power } from './power.ts'
import { quantile } from './quantile.ts'
import { sampleRatioMethods } from './sample-ratio.ts'
import { special } from './special.ts'

/** Every method that can be verified. A new subject is a new file beside this one and a line here. */
export const methods: Methods = [
  ...special, ...asymptoticCs, ...sampleRatioMethods, ...power, ...groupSequential, ...multiplicity,
  ...mixtures, ...exact, ...means, ...changeDetection, ...cuped, ...quantile, ...adaptive, ...bandits, ...bayes, ...offPolicy, ...drift,
]
