import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import type { Measured } from './acceptance/item.ts'
import { items } from './acceptance/items/index.ts'

type Flags = { runs?: string; only?: string; seed: string }

const program = new Command('acceptance')
  .description(
    'Simulates whole experiments and measures what the service promises of them: through the service itself (HTTP, store, engine, ledger; a ' +
      'clock that moves by itself), or, where it says so, through the simulator, which is the same analysis and the same rules without a ' +
      'store. Exit code 1 when a promise is not kept.',
  )
  .option('--runs <n>', 'runs of an item whose full number is 1,000; the others in proportion')
  .option('--only <item,item>', `of ${items.map(({ key }) => key).join(', ')}; the beginning of a name will do`)
  .option('--seed <integer>', 'the same seed gives the same units', '20261121')
  .parse()
const flags = program.opts<Flags>()

const wanted = flags.only?.split(',')
const chosen = items.filter(({ key }) => !wanted || wanted.some((one) => key === one || key.startsWith(`${one}-`)))
if (chosen.length === 0) program.error(`there is no item ${flags.only}`)
const part = flags.runs === undefined ? 1 : Number(flags.runs) / 1_000
if (!(part > 0 && part <= 1)) program.error('--runs must lie between 1 and 1,000')

const rows: (Measured & { item: string })[] = []
for (const { key, runs, measure } of chosen) {
  const bar = new SingleBar({ format: `${key} {bar} {value}/{total} runs · {duration_formatted}`, noTTYOutput: true, notTTYSchedule: 10_000, stream: process.stderr })
  bar.start(Math.max(1, Math.round(runs * part)), 0)
  const measured = await measure({ part, seed: Number(flags.seed), progress: (done) => bar.increment(done) })
  bar.stop()
  rows.push(...measured.map((one) => ({ item: key, ...one })))
}

console.table(rows.map(({ item, what, through, runs, measured, aim, kept }) => ({ item, what, through, runs, measured, aim, kept: kept ? 'yes' : 'NO' })))
const broken = rows.filter(({ kept }) => !kept)
console.log(`${rows.length - broken.length} of ${rows.length} promises kept`)
process.exitCode = broken.length > 0 ? 1 : 0
