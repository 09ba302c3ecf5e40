import { basename, join } from 'node:path'
import { Command } from 'commander'
import { SingleBar } from 'cli-progress'
import { createApi } from '../src/client/api.ts'
import { define, keyOf } from './feed/define.ts'
import { progressFile } from './feed/progress-file.ts'
import { type Replayed, replay, type Sums } from './feed/replay.ts'
import { readRows } from './feed/rows.ts'

type Flags = {
  unit: string
  variant: string
  measures: string
  url: string
  key?: string
  experiment?: string
  salt?: string
  smallestEffect?: string
  batch: string
  restart?: boolean
}

type Estimate = { estimate: number | null; lower: number | null; upper: number | null; n: number }
type ReportAnswer = { units: number; variants: { key: string; units: number; metrics: Record<string, Estimate> }[] }

const shown = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : value.toPrecision(6))

const printSummary = (report: ReportAnswer, sums: Sums, replayed: Replayed): void => {
  console.log(
    `${replayed.assigned} units assigned · ${replayed.accepted} outcomes accepted · ${replayed.duplicates} known already` +
      ` · ${replayed.unmatched} without a row · ${replayed.outside} not in the split · ${replayed.rejected.length} rejected`,
  )
  for (const rejected of replayed.rejected.slice(0, 5)) console.log(`  rejected: ${rejected.code} ${rejected.message}`)
  console.table(
    report.variants.flatMap((variant) =>
      Object.entries(variant.metrics).map(([metric, { estimate, lower, upper, n }]) => {
        const rows = sums.get(variant.key)?.get(metric)
        return {
          variant: variant.key,
          metric,
          units: n,
          'report says': shown(estimate),
          from: shown(lower),
          to: shown(upper),
          'rows of this run': rows ? shown(rows.sum / rows.n) : '–',
        }
      }),
    ),
  )
}

const feed = async (file: string, flags: Flags): Promise<void> => {
  const measures = flags.measures.split(',').map((measure) => measure.trim())
  const logged = await readRows(file, { unit: flags.unit, variant: flags.variant, measures })
  const experiment = flags.experiment ?? keyOf(basename(file).replace(/\.[^.]*$/, ''))
  const api = createApi(flags.url, flags.key)
  await define(api, {
    experiment,
    unit: flags.unit,
    variants: logged.variants,
    measures,
    salt: flags.salt,
    smallestEffect: flags.smallestEffect === undefined ? undefined : Number(flags.smallestEffect),
  })

  const mark = progressFile(join('data', 'feed'), file, `${flags.url} ${experiment} ${measures.join()}`)
  if (flags.restart === true) mark.clear()
  const from = Math.min(mark.read(), logged.units.size)
  if (from > 0) console.error(`resuming after ${from} of ${logged.units.size} units (--restart begins again)`)

  const bar = new SingleBar({
    format: `${experiment} {bar} {value}/{total} units · {eta_formatted} left`,
    noTTYOutput: true,
    notTTYSchedule: 2_000,
    stream: process.stderr,
  })
  bar.start(logged.units.size, from)
  process.once('SIGINT', () => {
    bar.stop()
    console.error('stopped; the same command goes on from here')
    process.exit(130)
  })
  const { replayed, sums } = await replay(api, logged, measures, {
    experiment,
    batch: Number(flags.batch),
    from,
    onProgress(done) {
      bar.update(done)
      mark.write(done)
    },
  })
  bar.stop()
  printSummary(await api<ReportAnswer>('GET', `/api/experiments/${experiment}/report`), sums, replayed)
  console.log(`report: ${new URL(`/api/experiments/${experiment}/report`, flags.url)}`)
  process.exitCode = replayed.rejected.length > 0 ? 1 : 0
}

await new Command('feed')
  .description('Replay logged rows of a CSV through a running service: assign each unit, report the row of the variant it got.')
  .argument('<file>', 'a CSV with a header line')
  .requiredOption('--unit <column>', 'what is randomised')
  .requiredOption('--variant <column>', 'which variant the row is about')
  .requiredOption('--measures <columns>', 'numbers to report, separated by commas; the first decides')
  .option('--url <url>', 'the service', 'http://127.0.0.1:3000')
  .option('--key <key>', 'an API key, where the service asks for one', process.env['CONTENDER_KEY'])
  .option('--experiment <key>', 'default: the name of the file')
  .option('--salt <text>', 'another salt is another draw of the split')
  .option('--smallest-effect <number>', 'the smallest difference worth finding in the first measure')
  .option('--batch <n>', 'units a call', '500')
  .option('--restart', 'begin again instead of going on')
  .action(feed)
  .parseAsync()
  .catch((error: Error) => {
    console.error(`error: ${error.message}`)
    process.exitCode = 1
  })
