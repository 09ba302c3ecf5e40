import type { Command } from 'commander'
import type { z } from 'zod'
import type { Scope } from '../../../deps.ts'
import { CreateKey, createKey } from '../../../http/new-key.ts'
import type { NewApiKey } from '../../../http/views/keys.ts'
import { withDatabase } from '../database.ts'
import { either } from '../either.ts'
import { parsed } from '../input.ts'
import { print, printJson, tell } from '../output.ts'
import { type Asking, asking, remote } from '../service.ts'

type NewKey = z.infer<typeof NewApiKey>

const inDatabase = (wanted: CreateKey): Promise<NewKey> =>
  withDatabase(async (database) => {
    const { createKeys } = await import('../../../store/keys.ts')
    return createKey(createKeys<Scope>(database.api), wanted, Date.now())
  }, { existing: true })

/** contender keys create NAME: by the service, or in its database, which is how an installation gets its first key. */
export const keysCommand = (program: Command): void => {
  const command = asking(program.command('keys').description('API keys').command('create <name>'))
    .description('a new API key, shown once')
    .option('--scopes <scopes>', 'of assign, outcome, read, define, operate, admin', 'assign,outcome')
    .option('--expires-at <time>', 'when it stops working: 2027-01-31T08:00:00Z')
    .action(async (name: string, { scopes, expiresAt, json, ...to }: Asking & { scopes: string; expiresAt?: string }) => {
      const wanted = parsed(CreateKey, { name, scopes: scopes.split(',').map((one) => one.trim()), ...(expiresAt === undefined ? {} : { expiresAt }) }, 'options')
      const made = await either({
        told: command.getOptionValueSource('url') === 'cli',
        ask: () => remote(to)<NewKey>('POST', '/api/keys', wanted),
        read: () => inDatabase(wanted),
      })
      if (json) return printJson(made)
      tell(`${made.name} may ${made.scopes.join(', ')}${made.expiresAt === null ? '' : `, until ${made.expiresAt}`}. Keep the key: it is shown this once.`)
      print(made.key)
    })
}
