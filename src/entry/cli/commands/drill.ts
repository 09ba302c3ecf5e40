import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { closest } from '../../../core/define/closest.ts'
import { type DrillView, drillTypes } from '../../../core/drills/drill.ts'
import { drillProgress, drillText } from '../../../report/terminal/drill.ts'
import { exits, Failure } from '../failure.ts'
import { beforeEnd } from '../interrupts.ts'
import { createProgress, paintFor, print, printJson } from '../output.ts'
import { type Asking, asking, remote } from '../service.ts'

const everyMs = 500

type Options = Asking & { limit?: string }

const checkType = (type: string): void => {
  if (drillTypes.some((one) => one === type)) return
  const near = closest(type, drillTypes)
  throw new Failure(`expected ${drillTypes.join(', ')}`, { where: `drill ${type}`, ...(near !== null && { fix: `did you mean ${near}?` }), exit: exits.usage })
}

/** contender drill TYPE: rehearse what protects, on a running service. */
export const drillCommand = (program: Command): void => {
  asking(program.command('drill <type>'))
    .description(`rehearse what protects on a running service: ${drillTypes.join(', ')}`)
    .option('--limit <duration>', 'it has failed when it is not over after so long: PT5M')
    .addHelpText('after', '\nIt takes a minute or two on a model that nobody sees. Ends with 0 when it passed, with 1 when it did not.')
    .action(async (type: string, { limit, json, ...to }: Options) => {
      checkType(type)
      const api = remote(to)
      const progress = createProgress()
      const forget = beforeEnd(progress.clear)
      let drill = await api<DrillView>('POST', '/api/drills', { type, ...(limit !== undefined && { limit }) })
      while (drill.state === 'running') {
        progress.show(drillProgress(drill))
        await sleep(everyMs)
        drill = await api<DrillView>('GET', `/api/drills/${drill.id}`)
      }
      forget()
      progress.clear()
      if (json) printJson(drill)
      else print(drillText(drill, { paint: paintFor(process.stdout) }))
      process.exitCode = drill.state === 'passed' ? exits.ok : exits.no
    })
}
