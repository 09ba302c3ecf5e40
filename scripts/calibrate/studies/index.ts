import type { Study } from '../study.ts'
import { alwaysValid } from './always-valid.ts'
import { power } from './power.ts'
import { sampleRatioStudy } from './sample-ratio.ts'

/** Everything that is simulated. A new study is a new file beside this one and a line here. */
export const studies: readonly Study[] = [alwaysValid, power, sampleRatioStudy]
