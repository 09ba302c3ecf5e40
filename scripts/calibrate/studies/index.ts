import type { Study } from '../study.ts'
import { accounting } from './accounting.ts'
import { adaptive } from './adaptive.ts'
import { adaptiveCovariate } from './adaptive-covariate.ts'
import { alwaysValid } from './always-valid.ts'
import { degradation } from './degradation.ts'
import { exact } from './exact.ts'
import { power } from './power.ts'
import { regret } from './regret.ts'
import { sampleRatioStudy } from './sample-ratio.ts'

/** Everything that is simulated. A new study is a new file beside this one and a line here. */
export const studies: readonly Study[] = [alwaysValid, exact, accounting, power, adaptive, adaptiveCovariate, regret, sampleRatioStudy, degradation]
