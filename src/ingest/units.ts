import type { Units } from '../deps.ts'
import { latestExposure, unitTypeOf } from '../store/latest-exposure.ts'
import type { Pool } from '../store/pool.ts'
import type { UnitHasher } from '../token/unit.ts'

/** Says who took part in what, for outcomes whose token was lost. */
export const createUnits = ({ pool, hashUnit }: { pool: Pick<Pool, 'run'>; hashUnit: UnitHasher }): Units => ({
  async latest(key, unit) {
    const experiment = await unitTypeOf(pool, key)
    if (!experiment) return null
    const hashed = hashUnit(experiment.unitType, unit)
    const exposure = await latestExposure(pool, experiment.id, hashed)
    if (!exposure) return null
    const { scope, epoch, variant, propensity, exposed } = exposure
    const time = exposed.getTime()
    // an id of its own is what such an outcome must have, so the assignment's is never looked at
    const id = '0'.repeat(16)
    return { watch: false, shadow: false, experiment: experiment.id, scope, epoch, variant, unit: hashed, propensity, time, id }
  },
})
