import { type Command, Option } from 'commander'
import { PowerRequest } from '../../../core/power/request.ts'
import { createPlanner } from '../../../engine/planner.ts'
import { powerText } from '../../../report/terminal/power.ts'
import { exits, Failure } from '../failure.ts'
import { inFile, parsed, readJson } from '../input.ts'
import { paintFor, print, printJson, widthOf } from '../output.ts'

const example = `
  contender power --kind conversion --baseline 0.1 --effect 0.02 --units-per-day 2000
FILE holds what POST /api/power takes; options win over it. Lists are JSON: --weights '[0.8, 0.2]'`

const dashed = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** What was typed, as JSON where it is JSON: numbers and lists; durations and words as they are. */
const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** contender power: how large an experiment must be; every field of the request is an option. */
export const powerCommand = (program: Command): void => {
  const fields = Object.entries(PowerRequest.shape)
  const command = program
    .command('power [file]')
    .description('how many units it takes, how long, and what so many would find; - reads standard input')
    .addHelpText('after', example)
  for (const [field, schema] of fields) {
    command.addOption(new Option(`--${dashed(field)} <${field === 'weights' || field === 'spending' ? 'json' : 'value'}>`, schema.description ?? ''))
  }
  command.option('--json', 'the answer of the API, as JSON').action(async (file: string | undefined, options: Record<string, unknown>) => {
    const typed = Object.fromEntries(fields.flatMap(([field]) => (typeof options[field] === 'string' ? [[field, valueOf(options[field])]] : [])))
    if (file === undefined && Object.keys(typed).length === 0) {
      throw new Failure('nothing was told to plan for', { fix: 'contender power --kind conversion --baseline 0.1 --effect 0.02', exit: exits.usage })
    }
    const given = file === undefined ? {} : await readJson(file)
    const from = file ?? 'options'
    const request = parsed(PowerRequest, { ...(given as object), ...typed }, from)
    const planner = createPlanner()
    try {
      const plan = await planner.plan(request)
      if (options['json']) return printJson(plan)
      print(powerText(plan, request, { paint: paintFor(process.stdout), width: widthOf(process.stdout) }))
    } catch (error) {
      throw inFile(error, from)
    } finally {
      await planner.stop()
    }
  })
}
