import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { brokenClaims, type Broken } from './calibrate/estimate.ts'
import { svgOf } from './calibrate/plot.ts'
import { simulateAll } from './calibrate/pool.ts'
import { tableOf } from './calibrate/report.ts'
import { studies } from './calibrate/studies/index.ts'
import type { Study, Tally } from './calibrate/study.ts'

type Options = { quick?: boolean; redraw?: boolean; seed: string; only?: string; workers: string; out: string }

const program = new Command('calibrate')
  .description('Simulates what stats/ promises: error rates, coverage, power, regret. Exit code 1 when a promise is not kept.')
  .option('--quick', 'few runs, nothing written: fails only on what they refute')
  .option('--redraw', 'write tables and plots anew from the sums of an earlier run, without simulating')
  .option('--seed <integer>', 'the same seed gives the same figures', '20261121')
  .option('--only <study,study>', `of ${studies.map(({ name }) => name).join(', ')}`)
  .option('--workers <n>', 'threads', String(availableParallelism()))
  .option('--out <folder>', 'where the table and the plots go', join(import.meta.dirname, '..', 'stats', 'calibration'))
  .parse()
const options = program.opts<Options>()

const wanted = options.only?.split(',') ?? studies.map(({ name }) => name)
const unknown = wanted.filter((one) => !studies.some(({ name }) => name === one))
if (unknown.length > 0) program.error(`there is no study ${unknown.join(', ')}`)
const chosen = studies.filter(({ name }) => wanted.includes(name))
const quick = options.quick === true

const sumsAt = (study: Study): string => join(options.out, `${study.name}.json`)

/** Sums that an earlier run has written, by `study/cell`. */
const readSums = (): Map<string, Tally> =>
  new Map(chosen.flatMap((study) => Object.entries(JSON.parse(readFileSync(sumsAt(study), 'utf8')) as Record<string, Tally>)))

const bar = new SingleBar({ format: '{bar} {percentage} % · {value} of {total} runs · {eta_formatted} left', stream: process.stderr })
const simulate = async (): Promise<Map<string, Tally>> => {
  let started = false
  const sums = await simulateAll(chosen, {
    seed: Number(options.seed), quick, workers: Number(options.workers),
    onProgress: (done, total) => {
      if (!started) bar.start(total, done)
      started = true
      bar.update(done)
    },
  })
  bar.stop()
  return sums
}
const sums = options.redraw ? readSums() : await simulate()

const broken = new Map<Study, Broken[]>(
  chosen.map((study) => [
    study,
    study.cells.flatMap((cell) => brokenClaims(cell, sums.get(`${study.name}/${cell.key}`) as Tally, quick)),
  ]),
)
const text = chosen.map((study) => tableOf(study, sums, broken.get(study) ?? [])).join('\n')
if (quick) console.log(text)
else {
  mkdirSync(options.out, { recursive: true })
  for (const study of chosen) {
    const head = `Written by \`npm run calibrate -- --seed ${options.seed} --only ${study.name}\`. Figures are means with their Monte-Carlo standard errors.\n\n`
    writeFileSync(join(options.out, `${study.name}.md`), head + tableOf(study, sums, broken.get(study) ?? []))
    const own = [...sums].filter(([key]) => key.startsWith(`${study.name}/`))
    writeFileSync(sumsAt(study), `{\n${own.map(([key, tally]) => `${JSON.stringify(key)}: ${JSON.stringify(tally)}`).join(',\n')}\n}\n`)
    for (const plot of study.plots ?? []) writeFileSync(join(options.out, `${study.name}-${plot.name}.svg`), svgOf(study, plot, sums))
  }
  console.log(`written to ${options.out}: ${chosen.map(({ name }) => `${name}.md`).join(', ')}`)
}

const all = [...broken].flatMap(([study, list]) => list.map((one) => ({ study: study.name, ...one })))
for (const { study, cell, measure, text: why } of all) console.log(`not kept: ${study}/${cell} ${measure}: ${why}`)
const claims = chosen.reduce((sum, study) => sum + study.cells.reduce((count, cell) => count + cell.claims.length, 0), 0)
console.log(`${claims - all.length} promises kept, ${all.length} not`)
process.exitCode = all.length > 0 ? 1 : 0
