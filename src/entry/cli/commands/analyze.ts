import type { Command } from 'commander'
import { AnalysisRequest } from '../../../core/stateless/request.ts'
import { analyzeRequest } from '../../../core/stateless/analyze.ts'
import { analysisText } from '../../../report/terminal/analysis.ts'
import { inFile, parsed, readJson } from '../input.ts'
import { paintFor, print, printJson, widthOf } from '../output.ts'

const example = `
FILE holds what POST /api/analysis takes:
  {"kind": "conversion", "plannedUnits": 20000, "variants": [
    {"key": "control", "control": true, "n": 5000, "successes": 500}, {"key": "candidate", "n": 5000, "successes": 565}]}`

const help = 'contender analyze --help'

/** contender analyze FILE: the methods of experiments on summary numbers, worked out here. */
export const analyzeCommand = (program: Command): void => {
  program
    .command('analyze <file>')
    .description('judge your own summary numbers, as an experiment would be; - reads standard input')
    .option('--json', 'the answer of the API, as JSON')
    .addHelpText('after', example)
    .action(async (file: string, { json }: { json?: true }) => {
      const request = parsed(AnalysisRequest, await readJson(file, help), file, help)
      let answer
      try {
        answer = analyzeRequest(request)
      } catch (error) {
        throw inFile(error, file, help)
      }
      if (json) return printJson(answer)
      print(analysisText(answer, request, { paint: paintFor(process.stdout), width: widthOf(process.stdout) }))
    })
}
