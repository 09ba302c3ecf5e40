import { seededRandom } from '../../../stats/index.ts'
import { createApi } from '../../client/api.ts'
import type { Entry } from '../../report/terminal/decisions.ts'
import { numbersOf } from '../../report/series.ts'
import { demoDecision, demoProgress } from '../../report/terminal/demo.ts'
import { createProgress, paintFor, print } from '../cli/output.ts'
import { openHouse } from './house.ts'
import { runDemo } from './run.ts'
import { experiment } from './scenario.ts'

const usualSeed = 20_260_101

type Options = { once?: boolean; seed?: number; environment?: Record<string, string | undefined> }

/**
 * The whole service in memory, with days of simulated traffic sent through its own API in seconds. Says where it is as
 * soon as it answers, prints what is decided as it happens, then goes on serving until Ctrl-C; with `once` it ends there.
 */
export const demo = async ({ once = false, seed = usualSeed, environment = process.env }: Options = {}): Promise<void> => {
  const house = await openHouse(environment)
  const progress = createProgress()
  const paint = paintFor(process.stdout)
  let over = false
  const interrupted = (code: number) => (): void => {
    progress.clear()
    // what is in memory is lost anyway, so that nothing under way is waited for
    if (!over) process.exit(code)
    void house.close().then(() => process.exit(0))
  }
  process.once('SIGINT', interrupted(130))
  process.once('SIGTERM', interrupted(143))

  print(`  Contender is running at ${paint.bold(house.url)}   (in memory; Ctrl-C ends it)`)
  const variants = experiment.variants.map(({ key }) => key)
  const entries: Entry[] = []
  await runDemo({
    api: createApi(house.url),
    advance: house.advance,
    tick: house.tick,
    random: seededRandom(seed).uniform,
    onStep: (step) => progress.show(demoProgress({ ...step, versions: variants.length })),
    onDecision(entry, day) {
      entries.push(entry)
      progress.clear()
      print(demoDecision(entry, numbersOf(entries).get(entry.id) ?? null, day, variants))
    },
  })
  progress.clear()
  over = true
  const report = await createApi(house.url)<{ summary: { headline: string } }>('GET', `/api/experiments/${experiment.key}/report`)
  const puzzling = entries.find(({ action }) => action === 'kill') ?? entries.at(-1)
  const where = house.usualPort ? '' : ` --url ${house.url}`
  print(`\n  ${paint.bold(report.summary.headline)}`)
  const page = house.serves('/experiments/{key}') ? `experiments/${experiment.key}` : ''
  print(`  Open ${house.url}/${page}    Why?  npx contender replay ${puzzling?.id ?? ''}${where}`)
  if (once) return house.close()
  house.lookByItself()
  print('  It goes on serving; Ctrl-C ends it.')
}
