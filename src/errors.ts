/** Every code an answer can carry, with its HTTP status. Closed: clients may switch over it. */
export const statusOf = {
  malformed_json: 400,
  invalid_body: 400,
  invalid_query: 400,
  invalid_path: 400,
  unknown_field: 400,
  too_deep: 400,
  unauthenticated: 401,
  scope_missing: 403,
  forbidden_host: 403,
  cross_site: 403,
  not_found: 404,
  experiment_not_found: 404,
  model_not_found: 404,
  version_not_found: 404,
  metric_not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  already_exists: 409,
  not_running: 409,
  illegal_transition: 409,
  immutable: 409,
  stale: 409,
  id_conflict: 409,
  layer_overlap: 409,
  version_locked: 409,
  checks_missing: 409,
  not_ready: 409,
  drift: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_text: 422,
  invalid_definition: 422,
  bad_token: 422,
  unknown_unit: 422,
  unknown_measure: 422,
  missing_measure: 422,
  not_finite: 422,
  out_of_range: 422,
  in_future: 422,
  url_not_allowed: 422,
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  unavailable: 503,
} as const

export type ErrorCode = keyof typeof statusOf

/** Where in the input something is wrong, `metrics[0].margin`, and what was expected. */
export type Violation = { path: string; message: string }

/**
 * The one error that callers may see. Everything else that is thrown answers with a fixed text.
 * `retryAfterSeconds` becomes the Retry-After header.
 */
export class ServiceError extends Error {
  readonly code: ErrorCode
  readonly violations: readonly Violation[]
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, options: { violations?: Violation[]; retryAfterSeconds?: number } = {}) {
    super(message)
    this.name = 'ServiceError'
    this.code = code
    this.violations = options.violations ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  get status(): number {
    return statusOf[this.code]
  }
}

type Thing = 'experiment' | 'model' | 'version' | 'metric'

export const notFound = (thing: Thing, key: string): ServiceError =>
  new ServiceError(`${thing}_not_found`, `there is no ${thing} "${key}"`)

export const invalid = (code: ErrorCode, path: string, message: string): ServiceError =>
  new ServiceError(code, `${path}: ${message}`, { violations: [{ path, message }] })
