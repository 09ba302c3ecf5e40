import type { Command } from 'commander'
import { assignmentText, type AssignmentAnswer } from '../../../report/terminal/assignment.ts'
import { jsonOption } from '../input.ts'
import { paintFor, print, printJson, widthOf } from '../output.ts'
import { type Asking, asking, ofExperiment, remote } from '../service.ts'

/** contender assign KEY --unit U: what one unit is served. It counts as an exposure, as every assignment. */
export const assignCommand = (program: Command): void => {
  asking(program.command('assign <experiment>'))
    .description('what one unit is served, and why; it counts as an assignment')
    .requiredOption('--unit <unit>', 'the unit')
    .option('--attributes <json>', 'what the request tells of it: {"country": "de"}')
    .action(async (key: string, { unit, attributes, json, ...to }: Asking & { unit: string; attributes?: string }) => {
      const api = remote(to)
      const body = { experiment: key, unit, ...(attributes === undefined ? {} : { attributes: jsonOption(attributes, '--attributes') }) }
      const answer = await ofExperiment(api, key, () => api<AssignmentAnswer>('POST', '/assign', body))
      if (json) return printJson(answer)
      print(assignmentText(answer, unit, { paint: paintFor(process.stdout), width: widthOf(process.stdout) }))
    })
}
