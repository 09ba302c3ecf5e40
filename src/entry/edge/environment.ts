import { type Config, parseConfig } from '../../config.ts'

/** Bindings: text variables, and Hyperdrive where there is one. */
export type EdgeEnvironment = Record<string, unknown> & { HYPERDRIVE?: { connectionString: string } }

export type EdgeConfig = Config & { databaseUrl: string; adminKey: string }

const variables = (environment: EdgeEnvironment): Record<string, string> => {
  const texts = Object.entries(environment).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const pooled = environment.HYPERDRIVE?.connectionString
  return { ...Object.fromEntries(texts), ...(pooled === undefined ? {} : { DATABASE_URL: pooled }) }
}

/** Tells two environments apart: an isolate may outlive a change of its bindings. */
export const environmentDigest = (environment: EdgeEnvironment): string => JSON.stringify(variables(environment))

/**
 * The configuration at the edge, where everybody can reach us and nothing is embedded.
 * @throws {Error} naming each bad or missing variable
 */
export const edgeConfig = (environment: EdgeEnvironment): EdgeConfig => {
  const config = parseConfig(variables(environment))
  const { databaseUrl, adminKey } = config
  if (databaseUrl === null) throw new Error('DATABASE_URL: required here, or a Hyperdrive binding named HYPERDRIVE')
  if (adminKey === null) throw new Error('ADMIN_KEY: required here, so that nobody else can operate the service')
  return { ...config, databaseUrl, adminKey }
}
