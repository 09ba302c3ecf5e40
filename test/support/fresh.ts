import { inject } from 'vitest'
import { freshDatabase } from './postgres.ts'

/** URL of an empty database on the suite's PostgreSQL server. */
export const freshPostgres = (): Promise<string> => freshDatabase(inject('postgresUrl'))
