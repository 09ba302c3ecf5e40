import { SingleBar } from 'cli-progress'
import { Command, Option } from 'commander'
import { replayBandit } from './feed/replay-bandit.ts'
import { readRows } from './feed/rows.ts'

type Flags = { unit: string; variant: string; measure: string; salts: string; visits: string; batch: string; algorithm: string }

const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3))
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

const run = async (file: string, flags: Flags): Promise<void> => {
  const logged = await readRows(file, { unit: flags.unit, variant: flags.variant, measures: [flags.measure] })
  const bar = new SingleBar({ format: '{bar} {value}/{total} visits · {eta_formatted} left', noTTYOutput: true, notTTYSchedule: 10_000, stream: process.stderr })
  bar.start(1, 0)
  const { best, uniformRegret, salts } = await replayBandit(logged, {
    measure: flags.measure, salts: Number(flags.salts), visits: Number(flags.visits), batch: Number(flags.batch), algorithm: flags.algorithm,
    onProgress: (done, total) => {
      bar.setTotal(total)
      bar.update(done)
    },
  })
  bar.stop()

  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [first] = salts
  console.table(
    first?.arms.map(({ key, truth }, arm) => {
      const own = salts.flatMap(({ arms }) => arms[arm] ?? [])
      return {
        variant: key,
        'mean of the file': shown(truth),
        'traffic, mean of salts': percent(mean(own.map(({ share }) => share))),
        'estimate, mean of salts': shown(mean(own.flatMap(({ estimate }) => estimate ?? []))),
        'ranges that hold the mean': `${own.filter(({ covers }) => covers).length} of ${own.length}`,
      }
    }),
  )
  const shares = salts.map(({ bestShare }) => bestShare).toSorted((a, b) => a - b)
  const regret = mean(salts.map((one) => one.regret))
  const covers = salts.flatMap(({ arms }) => arms.map((arm) => arm.covers))
  console.log(`${salts.length} salts, ${(logged.units.size * Number(flags.visits)).toLocaleString('en')} visits each`)
  console.log(`${best} got ${percent(mean(shares))} of the traffic (${percent(shares[0] ?? 0)} to ${percent(shares.at(-1) ?? 0)}); an even split gives ${percent(1 / (first?.arms.length ?? 1))}`)
  console.log(`regret a visit ${regret.toFixed(4)}, of an even split ${uniformRegret.toFixed(4)}: ${percent(regret / uniformRegret)} of it`)
  console.log(`${covers.filter(Boolean).length} of ${covers.length} final ranges hold the mean of the file (${percent(covers.filter(Boolean).length / covers.length)})`)
}

await new Command('replay-bandit')
  .description(
    'Let a bandit serve the units of a CSV that has a row for every variant, each unit several times in random order, through a whole service ' +
      'in memory. Tells what the best variant got, what was lost against always serving it, and whether the final ranges hold the means.',
  )
  .argument('<file>', 'a CSV with a header line')
  .option('--unit <column>', 'what comes', 'prompt')
  .option('--variant <column>', 'which variant the row is about', 'model')
  .option('--measure <column>', 'the reward', 'preference')
  .option('--salts <n>', 'draws of split and order', '20')
  .option('--visits <n>', 'how often each unit comes', '5')
  .option('--batch <n>', 'visits between two looks', '200')
  .addOption(new Option('--algorithm <name>').choices(['thompson', 'top-two', 'uniform']).default('thompson'))
  .action(run)
  .parseAsync()
  .catch((error: Error) => {
    console.error(`error: ${error.message}`)
    process.exitCode = 1
  })
