import type { Command } from 'commander'
import { simulationText } from '../../../report/terminal/simulation.ts'
import { designFrom } from '../design.ts'
import { paintFor, print, printJson, widthOf } from '../output.ts'
import { type Asking, asking } from '../service.ts'
import { simulateDesign } from '../simulate.ts'

const example = `
FILE holds what POST /api/simulations takes, with the definitions of its metrics beside it:
  {"experiment": {"key": "new-summaries", "model": "summarizer", "unguarded": true,
     "variants": [{"key": "old", "version": "1", "control": true}, {"key": "new", "version": "2"}],
     "metrics": [{"metric": "liked", "role": "decision"}], "stages": [{"allocation": "fixed"}]},
   "metrics": [{"key": "liked", "kind": "conversion", "measure": "thumbs_up", "direction": "increase"}],
   "traffic": {"unitsPerDay": 2000}, "truth": {"liked": {"baseline": 0.1, "effects": {"new": 0.02}}}}
A key in the place of the experiment, and metrics that are left out, are read from the service.`

type Options = Asking & { seed?: string; runs?: string }

/** contender simulate FILE: what a policy would do, worked out here. */
export const simulateCommand = (program: Command): void => {
  asking(program.command('simulate <file>'))
    .description('what a policy would do with this traffic and these effects; - reads standard input')
    .option('--runs <number>', 'how many experiments to simulate, 10 to 10,000')
    .option('--seed <number>', 'the same seed simulates the same')
    .addHelpText('after', example)
    .action(async (file: string, { runs, seed, json, ...to }: Options) => {
      const design = await designFrom(file, { ...(runs === undefined ? {} : { runs: Number(runs) }), ...(seed === undefined ? {} : { seed: Number(seed) }) }, to)
      const result = await simulateDesign(design)
      if (json) return printJson(result)
      print(simulationText(result, design.definition, { paint: paintFor(process.stdout), width: widthOf(process.stdout) }))
    })
}
