import { Command } from 'commander'
import type { Config } from '../config.ts'
import { createApi } from '../client/api.ts'
import { connect, type Database } from '../store/connect.ts'
import { migrate } from '../store/migrate.ts'
import { configOf } from './environment.ts'

const withDatabase = async (work: (database: Database, config: Config) => Promise<void>): Promise<void> => {
  const config = configOf(process.env)
  const database = await connect({ databaseUrl: config.databaseUrl ?? undefined, dataDir: config.dataDir })
  try {
    await work(database, config)
  } finally {
    await database.close()
  }
}

const remote = (options: { url: string; key?: string }) => createApi(options.url, options.key)

/** Options of the commands that ask a running service. */
const asking = (command: Command): Command =>
  command
    .option('--url <url>', 'the service', 'http://127.0.0.1:3000')
    .option('--key <key>', 'an API key, where the service asks for one', process.env['CONTENDER_KEY'])

const print = (value: unknown): void => console.log(JSON.stringify(value, null, 2))

const program = new Command('contender')
  .description('Decides which version of a model serves each request, and learns from what happens next.')
  .showHelpAfterError()

program.command('serve').description('run the service (npm start)').action(async () => {
  const { serveNode } = await import('./node.ts')
  await serveNode(process.env)
})

program.command('migrate').description('bring the database to this version').action(() =>
  withDatabase(async (database) => {
    console.log(`the database is at migration ${await migrate(database)}`)
  }),
)

program.command('verify').description('recount every number from what is stored, and check the ledger').action(() =>
  withDatabase(async (database) => {
    const { verifyAll } = await import('./verify.ts')
    process.exitCode = (await verifyAll(database, console.log)) ? 0 : 1
  }),
)

program.command('replay <decision>').description('take a decision again from its stored inputs, and show every field that differs').action((id: string) =>
  withDatabase(async (database) => {
    const { replayDecision } = await import('../engine/replay.ts')
    if (!/^[1-9]\d{0,15}$/.test(id)) throw new Error(`expected the id of a decision, got "${id}"`)
    const { stored, recomputed, ...told } = await replayDecision(database.engine, Number(id))
    print({ ...told, action: stored['action'], variant: stored['variant'], again: recomputed && recomputed['action'] })
    process.exitCode = told.same ? 0 : 1
  }),
)

program
  .command('retain')
  .description('drop raw outcomes older than --days; statistics stay, since roll-ups and units are kept')
  .option('--days <n>', 'days of raw outcomes to keep', '90')
  .action((options: { days: string }) =>
    withDatabase(async (database) => {
      const { retain } = await import('../store/retain.ts')
      print(await retain(database.engine, { keepDays: Number(options.days) }))
    }),
  )

program.command('demo').description('days of simulated traffic in seconds, in memory').option('--once', 'end when it is over').action(async (options: { once?: boolean }) => {
  const { demo } = await import('./demo/demo.ts')
  await demo({ once: options.once === true })
})

asking(program.command('report <experiment>')).description('the report as JSON').action(async (key: string, options) => {
  print(await remote(options)('GET', `/api/experiments/${key}/report`))
})

asking(program.command('decisions <experiment>')).description('what was done or held back, and why').action(async (key: string, options) => {
  print(await remote(options)('GET', `/api/experiments/${key}/decisions`))
})

asking(program.command('assign <experiment>'))
  .description('what one unit would be served')
  .requiredOption('--unit <unit>', 'the unit')
  .action(async (key: string, options) => print(await remote(options)('POST', '/assign', { experiment: key, unit: options.unit })))

asking(program.command('keys').command('create <name>'))
  .description('a new API key, shown once')
  .option('--scopes <scopes>', 'of assign, outcome, read, define, operate, admin', 'assign,outcome')
  .action(async (name: string, options) => {
    print(await remote(options)('POST', '/api/keys', { name, scopes: (options.scopes as string).split(',') }))
  })

await program.parseAsync().catch((error: Error) => {
  console.error(`error: ${error.message}`)
  process.exitCode = 1
})
