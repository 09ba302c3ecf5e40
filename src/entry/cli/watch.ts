import { setTimeout as sleep } from 'node:timers/promises'
import { type ExperimentState, isUnderWay } from '../../core/define/definitions.ts'
import type { Report } from '../../core/analyze/report.ts'
import type { Definitions } from '../../report/terminal/comparisons.ts'
import { reportLine, reportText } from '../../report/terminal/report.ts'
import { exits, Failure, failureOf } from './failure.ts'
import { paintFor, print, widthOf } from './output.ts'
import { openScreen } from './screen.ts'

type Watched = {
  first: Report
  read: () => Promise<Report>
  definitions: Definitions
  everyMs: number
  /** Whole reports as lines of JSON instead. */
  json: boolean
}

/** A report without the moment it was made at: the same while nothing has happened. */
const saidBy = (report: Report): string => JSON.stringify({ ...report, asOf: null })

/** Is there still something to come? A draft waits for its start. */
const goesOn = ({ state }: Report): boolean => state === 'draft' || isUnderWay(state as ExperimentState)

/** One line whenever something has changed, until the experiment has ended. */
const asLines = async ({ first, read, definitions, everyMs, json }: Watched): Promise<void> => {
  const unit = definitions.definition?.unit ?? 'unit'
  let before = ''
  for (let report = first; ; report = await read()) {
    const said = saidBy(report)
    if (said !== before) print(json ? JSON.stringify(report) : reportLine(report, unit))
    if (!goesOn(report)) return
    before = said
    await sleep(everyMs)
  }
}

/** The whole report on a screen of its own, drawn anew when something has changed, until Ctrl-C. */
const onScreen = async ({ first, read, definitions, everyMs }: Watched): Promise<void> => {
  const screen = openScreen(process.stdout)
  let report = first
  let trouble: string | null = null
  const draw = (): void => {
    const paint = paintFor(process.stdout)
    const note = trouble ?? (goesOn(report) ? 'Ctrl-C ends this' : 'It has ended; Ctrl-C ends this, too')
    screen.show(`${paint.quiet(note)}\n${reportText(report, definitions, { paint, width: widthOf(process.stdout) })}`)
  }
  process.stdout.on('resize', draw)
  for (;;) {
    draw()
    await sleep(everyMs)
    try {
      report = await read()
      trouble = null
    } catch (error) {
      const failure = failureOf(error)
      if (failure.exit !== exits.unreachable) throw error
      trouble = `${failure.message}; this is the last report that came`
    }
  }
}

/** Show a report as it changes. Without a terminal, or as JSON, a line a change; it ends when the experiment has. */
export const watchReport = async (watched: Watched): Promise<void> => {
  if (!(watched.everyMs >= 100)) throw new Failure('expected a number of seconds, at least 0.1', { where: '--every', exit: exits.usage })
  await (process.stdout.isTTY && !watched.json ? onScreen(watched) : asLines(watched))
}
