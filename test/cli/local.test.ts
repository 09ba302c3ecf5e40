import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AnalysisRequest } from '../../src/core/stateless/request.ts'
import { analyzeRequest } from '../../src/core/stateless/analyze.ts'
import { planPower } from '../../src/core/power/plan.ts'
import { PowerRequest } from '../../src/core/power/request.ts'
import { SimulationResult } from '../../src/core/simulate/request.ts'
import { contender } from '../support/command.ts'
import { temporaryDirectory } from '../support/directory.ts'

const simulation = {
  experiment: {
    key: 'new-summaries', model: 'summarizer', unguarded: true,
    variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
    metrics: [{ metric: 'liked', role: 'decision' }], stages: [{ allocation: 'fixed' }],
  },
  metrics: [{ key: 'liked', kind: 'conversion', measure: 'thumbs_up', direction: 'increase' }],
  traffic: { unitsPerDay: 500 }, truth: { liked: { baseline: 0.1, effects: { new: 0.05 } } }, runs: 10,
}
const analysis = {
  kind: 'conversion', plannedUnits: 20_000,
  variants: [{ key: 'control', control: true, n: 5_000, successes: 500 }, { key: 'candidate', n: 5_000, successes: 625 }],
}

let directory: { path: string; remove(): Promise<void> }
const file = async (name: string, content: unknown): Promise<string> => {
  const path = join(directory.path, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
beforeAll(async () => {
  directory = await temporaryDirectory()
})
afterAll(() => directory.remove())

describe('contender simulate', () => {
  it('tells rates with their error on standard output, and how far it is on standard error', async () => {
    const { code, stdout, stderr } = await contender(['simulate', await file('simulation.json', simulation)])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^10 simulated experiments/)
    expect(stdout).toMatch(/wrongly promoted +.* % \(.+\) +allowed 5 %/)
    expect(stderr).toMatch(/^5 of 10 runs · [\d.]+ runs\/s · \d+ s left\n$/)
  })

  it('gives the same for the same seed, as the API has it', async () => {
    const run = async (seed: string) => {
      const { stdout } = await contender(['simulate', '-', '--json', '--seed', seed], { input: JSON.stringify(simulation) })
      return JSON.parse(stdout) as unknown
    }
    const [first, again, other] = [await run('7'), await run('7'), await run('8')]
    expect(SimulationResult.parse(first)).toEqual(first)
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('names the field that is wrong, and the one that was meant', async () => {
    const [metric] = simulation.experiment.metrics
    const wrong = { ...simulation, experiment: { ...simulation.experiment, metrics: [{ ...metric, margn: 1 }] } }
    const path = await file('wrong.json', wrong)
    const { code, stdout, stderr } = await contender(['simulate', path])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(`error: experiment.metrics[0].margn is not known; did you mean margin? (${path})\n`)
  })

  it('says which metric it knows nothing of, when no service does', async () => {
    const { metrics: _, ...rest } = simulation
    const { code, stderr } = await contender(['simulate', '-', '--url', 'http://127.0.0.1:9'], { input: JSON.stringify(rest) })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: metric "liked" is not defined in the file, .*\n {2}fix: add it to "metrics" of the file/)
  })

  it('ends with 130 at Ctrl-C', async () => {
    const long = { ...simulation, runs: 2_000 }
    const { code, stdout } = await contender(['simulate', await file('long.json', long)], {
      heard: (said, child) => said.includes('runs/s') && child.kill('SIGINT'),
    })
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  })
})

describe('contender power', () => {
  const options = ['--kind', 'conversion', '--baseline', '0.1', '--effect', '0.02', '--units-per-day', '2000']
  const request = { kind: 'conversion', baseline: 0.1, effect: 0.02, unitsPerDay: 2_000 }

  it('plans as the API does, from options, a file, or both', async () => {
    const expected = planPower(PowerRequest.parse(request))
    expect(JSON.parse((await contender(['power', ...options, '--json'])).stdout)).toEqual(expected)
    const { effect: _, ...rest } = request
    const both = await contender(['power', '-', '--effect', '0.02', '--json'], { input: JSON.stringify(rest) })
    expect(JSON.parse(both.stdout)).toEqual(expected)
    const { code, stdout } = await contender(['power', ...options])
    expect(code).toBe(0)
    expect(stdout).toMatch(/at most +12,882 units +6,441 \+ 6,441/)
  })

  it('says what is missing', async () => {
    const { code, stderr } = await contender(['power', '--kind', 'conversion', '--effect', '0.02'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: baseline is required: the share of units that convert in the control \(options\)/)
    expect((await contender(['power'])).stderr).toContain('fix: contender power --kind conversion')
  })
})

describe('contender analyze', () => {
  it('judges as the API does, and draws the interval', async () => {
    const path = await file('analysis.json', analysis)
    const json = await contender(['analyze', path, '--json'])
    expect(JSON.parse(json.stdout)).toEqual(analyzeRequest(AnalysisRequest.parse(analysis)))
    const { code, stdout } = await contender(['analyze', path])
    expect(code).toBe(0)
    expect(stdout).toMatch(/candidate against control +┊? *├─+●─+┤.*\+2\.5 pp.*▲ Better/)
  })

  it.each([
    ['a file that is not there', 'none.json', null, /^error: there is no such file/],
    ['a directory', '.', null, /^error: is a directory/],
    ['JSON that ends too early', 'text.json', '{"kind": ', /^error: is not JSON: it ends too early \(.*text\.json, line 1, column 9\)\n {2}\{"kind": \n {10}\^\n {2}fix: .*not closed; contender analyze --help/],
    ['a table', 'sheet.json', 'key,n,successes\na,10,2\n', /^error: is not JSON \(.*line 1, column 1\)\n {2}key,n,successes\n {2}\^\n {2}fix: /],
    ['a wrong field', 'misnamed.json', { ...analysis, plannedUnit: 1 }, /^error: plannedUnit is not known.*\(.*misnamed\.json\)\n {2}fix: contender analyze --help shows what it holds/],
  ])('says of %s what is wrong, where, and what to do', async (_, name, content, told) => {
    const path = content === null ? join(directory.path, name) : await file(name, content)
    expect(await contender(['analyze', path])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(told) })
  })
})

describe('a command that does not exist', () => {
  it('is told so, with a fix and without a stack', async () => {
    const { code, stderr } = await contender(['raport', 'x'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: unknown command 'raport'\n\(Did you mean report\?\)/)
    expect(stderr).toContain('  fix: contender --help')
    expect(stderr).not.toContain('    at ')
    expect(await contender(['report'])).toMatchObject({ code: 2, stderr: expect.stringContaining("missing required argument 'experiment'") })
    expect(await contender(['--help'])).toMatchObject({ code: 0, stderr: '' })
    expect(await contender(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
  })
})
