import type { Command } from 'commander'
import { migrate } from '../../../store/migrate.ts'
import { withDatabase } from '../database.ts'
import { exits, Failure } from '../failure.ts'
import { print, printJson } from '../output.ts'

type Json = { json?: true }

/** contender verify, migrate and retain: they work on the database that the environment names. */
export const databaseCommands = (program: Command): void => {
  program
    .command('verify')
    .description('recount every number from what is stored, and check the ledger')
    .option('--json', 'what was compared, as JSON')
    .action(({ json }: Json) =>
      withDatabase(async (database) => {
        const { verifiedLines, verifyDatabase } = await import('../../verify.ts')
        const verified = await verifyDatabase(database)
        if (json) printJson(verified)
        else print(verifiedLines(verified).join('\n'))
        process.exitCode = verified.holds ? exits.ok : exits.no
      }, { existing: true }),
    )

  program
    .command('migrate')
    .description('bring the database to this version')
    .option('--json', 'as JSON')
    .action(({ json }: Json) =>
      withDatabase(async (database) => {
        const migration = await migrate(database)
        if (json) printJson({ migration })
        else print(`the database is at migration ${migration}`)
      }),
    )

  program
    .command('retain')
    .description('drop raw outcomes older than --days; statistics stay, since roll-ups and units are kept')
    .option('--days <n>', 'days of raw outcomes to keep', '90')
    .action(({ days }: { days: string }) => {
      if (!/^\d{1,5}$/.test(days)) throw new Failure('expected a number of days', { where: `--days ${days}`, exit: exits.usage })
      return withDatabase(async (database) => {
        const { retain } = await import('../../../store/retain.ts')
        printJson(await retain(database.engine, { keepDays: Number(days) }))
      }, { existing: true })
    })
}
