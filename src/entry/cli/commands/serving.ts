import type { Command } from 'commander'

/** contender serve, contender demo. */
export const servingCommands = (program: Command): void => {
  program.command('serve').description('run the service').action(async () => {
    const { serveNode } = await import('../../node.ts')
    await serveNode(process.env)
  })
  program
    .command('demo')
    .description('days of simulated traffic in seconds, in memory: traffic moves, a harmful version is stopped, the best one promoted')
    .option('--once', 'end when it is over, instead of serving on')
    .option('--seed <number>', 'of the simulated users', Number)
    .action(async ({ once = false, seed }: { once?: boolean; seed?: number }) => {
      const { demo } = await import('../../demo/demo.ts')
      await demo({ once, ...(seed === undefined ? {} : { seed }) })
    })
}
