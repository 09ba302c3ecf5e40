import type { Command } from 'commander'
import { replayText, type ReplayAnswer } from '../../../report/terminal/replay.ts'
import { withDatabase } from '../database.ts'
import { either } from '../either.ts'
import { exits, Failure } from '../failure.ts'
import { paintFor, print, printJson, widthOf } from '../output.ts'
import { type Asking, asking, remote } from '../service.ts'

const fromDatabase = (id: number): Promise<ReplayAnswer> =>
  withDatabase(async (database) => {
    const { replayDecision } = await import('../../../engine/replay.ts')
    return replayDecision(database.engine, id)
  }, { existing: true })

/** contender replay ID: a stored decision, taken again by the service or from its database. */
export const replayCommand = (program: Command): void => {
  const command = asking(program.command('replay <decision>'))
    .description('take a decision again from its stored inputs, and show every field that differs')
    .action(async (text: string, { json, ...to }: Asking) => {
      if (!/^[1-9]\d{0,15}$/.test(text)) throw new Failure('expected the id of a decision, a number', { where: text, fix: 'contender decisions KEY lists them', exit: exits.usage })
      const id = Number(text)
      const answer = await either({
        told: command.getOptionValueSource('url') === 'cli',
        ask: () => remote(to)<ReplayAnswer>('GET', `/api/decisions/${id}/replay`),
        read: () => fromDatabase(id),
      })
      if (json) printJson(answer)
      else print(replayText(answer, { paint: paintFor(process.stdout), width: widthOf(process.stdout) }))
      process.exitCode = answer.same ? exits.ok : exits.no
    })
}
