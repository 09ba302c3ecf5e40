import { basename, join } from 'node:path'
import { Command } from 'commander'
import { createApi } from '../src/client/api.ts'
import { type Compared, compareLogs } from './logged/evaluate.ts'
import { readLog } from './logged/log.ts'
import { withService } from './logged/service.ts'

type Flags = {
  logs: string
  action: string
  context?: string
  reward: string
  propensity: string
  url?: string
  key?: string
}

const shown = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : value.toPrecision(4))

const print = (from: string, of: string, { answer, truth, truthError, holds }: Compared): void => {
  const { rows, weights, estimates, logged, warnings } = answer
  console.log(
    `\n${of}, valued by the ${rows.toLocaleString('en')} rows of ${from} alone (its own mean ${shown(logged.estimate)}; worth ` +
      `${Math.round(weights.effectiveRows).toLocaleString('en')} rows of ${of}; weights average ${weights.mean.toFixed(3)}, at most ` +
      `${weights.max.toFixed(1)}):`,
  )
  console.table(
    (['ipw', 'selfNormalised', 'doublyRobust'] as const).map((name) => ({
      estimator: name,
      value: shown(estimates[name]?.estimate),
      'standard error': shown(estimates[name]?.se),
      from: shown(estimates[name]?.lower),
      to: shown(estimates[name]?.upper),
      [`holds ${shown(truth)} ± ${shown(truthError)}`]: holds[name] ? 'yes' : 'no',
    })),
  )
  for (const warning of warnings) console.log(`  ${warning}`)
}

const evaluate = async (directory: string, flags: Flags): Promise<void> => {
  const columns = { action: flags.action, context: flags.context ?? null, reward: flags.reward, propensity: flags.propensity }
  const [one = '', two = ''] = flags.logs.split(',')
  const logs = await Promise.all([one, two].map((name) => readLog(join(directory, name), columns)))
  const [first = [], second = []] = logs
  const compared = await withService(flags.url, async (url) => {
    const api = createApi(url, flags.key)
    return [await compareLogs(api, first, second), await compareLogs(api, second, first)] as const
  })
  print(basename(one, '.csv'), basename(two, '.csv'), compared[0])
  print(basename(two, '.csv'), basename(one, '.csv'), compared[1])
  process.exitCode = Object.values(compared[0].holds).every(Boolean) ? 0 : 1
}

await new Command('evaluate-logged')
  .description(
    'Value the policies of two logs by each other, through POST /api/evaluation, and look whether what they really earned lies within ' +
      'the ranges. The columns default to those of the Open Bandit Dataset. Exit code 1 when the log named first misses the second’s truth.',
  )
  .argument('<directory>', 'where the two logs are, CSVs with a header line')
  .option('--logs <file,file>', 'their names', 'random.csv,bts.csv')
  .option('--action <column>', 'what was drawn', 'item_id')
  .option('--context <column>', 'where it was drawn, as far as the policies knew', 'position')
  .option('--reward <column>', 'what came of it', 'click')
  .option('--propensity <column>', 'with which probability it was drawn', 'propensity')
  .option('--url <url>', 'a running service; otherwise one is started in memory')
  .option('--key <key>', 'an API key, where the service asks for one', process.env['CONTENDER_KEY'])
  .action(evaluate)
  .parseAsync()
  .catch((error: Error) => {
    console.error(`error: ${error.message}`)
    process.exitCode = 2
  })
