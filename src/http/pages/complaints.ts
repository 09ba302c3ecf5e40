import { ServiceError, type Violation } from '../../errors.ts'

/** What stands against something that was asked for in a form, by its fields. Throws on what no other answer would mend. */
export const complaints = (error: unknown): readonly Violation[] => {
  if (!(error instanceof ServiceError) || error.code === 'unavailable' || error.code === 'internal') throw error
  if (error.violations.length > 0) return error.violations
  const path = error.code === 'model_not_found' ? 'model' : error.code === 'already_exists' ? 'key' : ''
  return [{ path, message: error.message }]
}
