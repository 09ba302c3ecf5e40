import { join } from 'node:path'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { readPrompts } from './pipelines/prompts.ts'
import { fullPlan, tellStory } from './pipelines/run.ts'
import { stories } from './pipelines/stories.ts'

type Flags = { champion: string; candidate: string; only?: string; seed: string }

const percent = (share: number | null): string => (share === null ? '' : `${(100 * share).toFixed(1)} %`)
const whenWords = (hours: number): string => `${Math.floor(hours / 24)} d ${String(hours % 24).padStart(2, '0')} h`

const barOf = (key: string): SingleBar =>
  new SingleBar({
    format: `${key} {bar} hour {value} of at most {total} · {duration_formatted}`,
    noTTYOutput: true, notTTYSchedule: 10_000, stream: process.stderr,
  })

const run = async (directory: string, flags: Flags): Promise<void> => {
  const prompts = await readPrompts(join(directory, 'alpaca-eval', 'outcomes.csv'), flags)
  const wanted = flags.only?.split(',')
  const chosen = stories.filter(({ key }) => !wanted || wanted.includes(key))
  if (chosen.length === 0) throw new Error(`no story ${flags.only}; there are ${stories.map(({ key }) => key).join(', ')}`)
  let broken = 0
  for (const story of chosen) {
    const bar = barOf(story.key)
    bar.start(fullPlan.mostHours, 0)
    const { rows, checks, units } = await tellStory(story, prompts, fullPlan, Number(flags.seed), (hours) => bar.update(hours))
      .finally(() => bar.stop())
    console.log(`\n${story.title} (${story.key}). ${units.toLocaleString('en')} units; ${prompts.candidate} is to replace ${prompts.champion}`)
    console.table(rows.map(({ hours, stage, what, rule, share, units: came }) => ({
      when: whenWords(hours), stage, 'what happened': what, rule, 'candidate gets': percent(share), 'units so far': came,
    })))
    console.table(checks.map(({ what, found, kept }) => ({ what, found, kept: kept ? 'yes' : 'NO' })))
    broken += checks.filter(({ kept }) => !kept).length
  }
  console.log(broken === 0 ? `${chosen.length} stories ended as they should` : `${broken} checks failed`)
  if (broken > 0) process.exitCode = 1
}

await new Command('pipelines')
  .description(
    'Three rollouts from shadow to bake, as the preset `pipeline` has them, through the whole service in memory (HTTP, ' +
      'store, engine, ledger) with a clock that is moved: one that ends well, one whose candidate turns bad half-way, one ' +
      'whose new champion turns bad after its promotion. Answers and verdicts come from a file that knows every model on ' +
      'every prompt. Exit code 1 when a story does not end as it should.',
  )
  .argument('<directory>', 'holds alpaca-eval/outcomes.csv: prompt, model, preference, win')
  .option('--champion <model>', 'who serves at first', 'FuseChat-Llama-3.2-1B-Instruct')
  .option('--candidate <model>', 'who is to replace it', 'FuseChat-Gemma-2-9B-Instruct')
  .option('--only <story,story>', `of ${stories.map(({ key }) => key).join(', ')}`)
  .option('--seed <integer>', 'the same seed gives the same order of visits', '20261121')
  .action(run)
  .parseAsync()
  .catch((error: Error) => {
    console.error(`error: ${error.message}`)
    process.exitCode = 1
  })
