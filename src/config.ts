import { z } from 'zod'
import type { RateLimits } from './deps.ts'
import { type Network, networkOf } from './notify/address.ts'
import type { MlflowAccess } from './registry/mlflow.ts'
import { parseRateLimits } from './rate-limits.ts'

const list = (text: string): string[] => text.split(',').map((part) => part.trim()).filter((part) => part !== '')

/** A variable set to nothing counts as unset, as shells and .env files leave them. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional())

const Url = (protocols: string[]) =>
  z.string().refine(
    (text) => list(text).every((one) => URL.canParse(one) && protocols.includes(new URL(one).protocol)),
    { message: `expected a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}` },
  )

/** Text that `parse` understands; what it says of other text is what was wrong. */
const parsed = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context) => {
    try {
      return parse(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
      return z.NEVER
    }
  })

const Environment = z.object({
  HOST: optional(z.string()),
  PORT: optional(z.coerce.number('expected a port, 0 to 65535').int().min(0).max(65_535)),
  DATABASE_URL: optional(Url(['postgres:', 'postgresql:'])),
  DATA_DIR: optional(z.string()),
  REDIS_URL: optional(Url(['redis:', 'rediss:'])),
  ADMIN_KEY: optional(z.string().min(16, 'expected at least 16 characters')),
  TOKEN_SECRET: optional(
    z.string().refine((text) => list(text).length > 0 && list(text).every((secret) => secret.length >= 32), {
      message: 'expected secrets of at least 32 characters, separated by commas; the first signs',
    }),
  ),
  UNIT_SECRET: optional(z.string().min(32, 'expected at least 32 characters')),
  OUTCOME_ORIGIN: optional(Url(['http:', 'https:'])),
  ENGINE: optional(z.enum(['on', 'off'])),
  ENGINE_INTERVAL_MS: optional(z.coerce.number('expected milliseconds').int().min(100).max(600_000)),
  RATE_LIMITS: optional(parsed(parseRateLimits)),
  WEBHOOK_ALLOW_PRIVATE: optional(parsed((text) => list(text).map(networkOf))),
  MLFLOW_TRACKING_URI: optional(Url(['http:', 'https:'])),
  MLFLOW_TRACKING_TOKEN: optional(z.string()),
  MLFLOW_TRACKING_USERNAME: optional(z.string()),
  MLFLOW_TRACKING_PASSWORD: optional(z.string()),
  LOG_LEVEL: optional(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])),
})

export type Config = {
  host: string
  port: number
  databaseUrl: string | null
  dataDir: string
  redisUrl: string | null
  adminKey: string | null
  tokenSecrets: string[] | null
  unitSecret: string | null
  outcomeOrigin: string | null
  engine: boolean
  engineIntervalMs: number
  rateLimits: RateLimits
  /** Private networks that webhooks may reach. */
  webhookNetworks: Network[]
  /** The MLflow server where versions are registered, too; null without one. */
  mlflow: MlflowAccess | null
  logLevel: string
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * The configuration from environment variables; the only place that names them.
 * @throws {Error} naming each bad variable and what was expected
 */
export const parseConfig = (environment: Record<string, string | undefined>): Config => {
  const parsed = Environment.safeParse(environment)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const values = parsed.data
  const host = values.HOST ?? '127.0.0.1'
  if (!loopback.has(host) && values.ADMIN_KEY === undefined) {
    throw new Error(`ADMIN_KEY: required when HOST (${host}) is not a loopback address, so that nobody else can operate it`)
  }
  return {
    host,
    port: values.PORT ?? 3_000,
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.DATA_DIR ?? './data',
    redisUrl: values.REDIS_URL ?? null,
    adminKey: values.ADMIN_KEY ?? null,
    tokenSecrets: values.TOKEN_SECRET === undefined ? null : list(values.TOKEN_SECRET),
    unitSecret: values.UNIT_SECRET ?? null,
    outcomeOrigin: values.OUTCOME_ORIGIN ?? null,
    engine: values.ENGINE !== 'off',
    engineIntervalMs: values.ENGINE_INTERVAL_MS ?? 10_000,
    rateLimits: values.RATE_LIMITS ?? parseRateLimits(''),
    webhookNetworks: values.WEBHOOK_ALLOW_PRIVATE ?? [],
    mlflow: values.MLFLOW_TRACKING_URI === undefined ? null : {
      url: values.MLFLOW_TRACKING_URI,
      token: values.MLFLOW_TRACKING_TOKEN ?? null,
      basic: values.MLFLOW_TRACKING_USERNAME === undefined ? null
        : { username: values.MLFLOW_TRACKING_USERNAME, password: values.MLFLOW_TRACKING_PASSWORD ?? '' },
    },
    logLevel: values.LOG_LEVEL ?? 'info',
  }
}
